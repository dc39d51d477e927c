package dev.coppice.train.torch;

import static dev.coppice.train.torch.Call.scalar;

import dev.coppice.ir.Attribute;
import dev.coppice.train.torch.RecurrentLowerings.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** One direction of a recurrent layer, step by step as ONNX's definition reads. */
final class RecurrentCell {

    private final Call call;
    private final Kind kind;
    private final int direction;
    private final long hidden;
    private final Tensor recurrent; // [gates*H, H]
    private final @Nullable Tensor bias; // [2*gates*H]
    private final @Nullable Tensor peepholes; // [3*H]: i, o, f

    private RecurrentCell(Call call, Kind kind, int direction) {
        this.call = call;
        this.kind = kind;
        this.direction = direction;
        this.hidden = call.in(2).size(2);
        this.recurrent = call.in(2).select(0, direction);
        this.bias = call.has(3) ? call.in(3).select(0, direction) : null;
        this.peepholes = kind == Kind.LSTM && call.has(7) ? call.in(7).select(0, direction) : null;
    }

    /** Returns Y [T, D, N, H], the last states h [D, N, H] and, for LSTM, c [D, N, H]. */
    static List<Tensor> run(Call call, Kind kind) {
        int directions = (int) call.in(1).size(0);
        var all = new ArrayList<List<Tensor>>();
        for (int d = 0; d < directions; d++) {
            boolean backwards = d == 1 || call.text("direction", "forward").equals("reverse");
            all.add(new RecurrentCell(call, kind, d).sequence(backwards));
        }
        var results = new ArrayList<Tensor>();
        for (int i = 0; i < (kind == Kind.LSTM ? 3 : 2); i++) {
            var parts = new TensorVector(directions);
            for (int d = 0; d < directions; d++) {
                parts.put(d, all.get(d).get(i));
            }
            results.add(torch.stack(parts, i == 0 ? 1 : 0));
        }
        return results;
    }

    private List<Tensor> sequence(boolean backwards) {
        var x = call.in(0); // [T, N, I]
        var full = Windows.filled((int) x.size(1), x.size(0));
        var lengths = call.has(4) ? call.longs(4) : full;
        var turned = backwards ? ScatterLowerings.reversed(x, lengths, 0, 1) : x;
        var inputs = turned.matmul(call.in(1).select(0, direction).t()); // [T, N, gates*H]
        var h = RecurrentLowerings.initial(call, 5, call.in(1).size(0), hidden).select(0, direction);
        var c = kind == Kind.LSTM
                ? RecurrentLowerings.initial(call, 6, call.in(1).size(0), hidden)
                        .select(0, direction)
                : h;
        var outputs = new TensorVector(x.size(0));
        for (int t = 0; t < x.size(0); t++) {
            var next = step(inputs.select(0, t), h, c);
            var running = running(lengths, t);
            h = running == null ? next.get(0) : next.get(0).where(running, h);
            c = running == null ? next.get(1) : next.get(1).where(running, c);
            outputs.put(
                    t, running == null ? h : h.mul(running.to(x.scalar_type().intern())));
        }
        var y = torch.stack(outputs, 0);
        return List.of(backwards ? ScatterLowerings.reversed(y, lengths, 0, 1) : y, h, c);
    }

    /** Returns which sequences [N, 1] still run at step {@code t}; null when all do. */
    private @Nullable Tensor running(long[] lengths, int t) {
        if (Arrays.stream(lengths).allMatch(length -> length > t)) {
            return null;
        }
        var flags =
                Arrays.stream(lengths).mapToDouble(length -> length > t ? 1 : 0).toArray();
        return Tensors.of(flags, torch.ScalarType.Bool, lengths.length, 1);
    }

    private List<Tensor> step(Tensor input, Tensor h, Tensor c) {
        return switch (kind) {
            case LSTM -> lstm(input, h, c);
            case GRU -> List.of(gru(input, h), h);
            case RNN -> List.of(activation(0, "Tanh").apply(clipped(sum(input, h, 0))), h);
        };
    }

    private List<Tensor> lstm(Tensor x, Tensor h, Tensor c) {
        var sigmoid = activation(0, "Sigmoid");
        var i = sigmoid.apply(clipped(peeped(sum(x, h, 0), 0, c)));
        var f = call.flag("input_forget") ? i.neg().add(scalar(1)) : sigmoid.apply(clipped(peeped(sum(x, h, 2), 2, c)));
        var candidate = activation(1, "Tanh").apply(clipped(sum(x, h, 3)));
        var cell = f.mul(c).add(i.mul(candidate));
        var o = sigmoid.apply(clipped(peeped(sum(x, h, 1), 1, cell)));
        return List.of(o.mul(activation(2, "Tanh").apply(cell)), cell);
    }

    private Tensor gru(Tensor x, Tensor h) {
        var sigmoid = activation(0, "Sigmoid");
        var z = sigmoid.apply(clipped(sum(x, h, 0)));
        var r = sigmoid.apply(clipped(sum(x, h, 1)));
        var weights = recurrent.narrow(0, 2 * hidden, hidden).t();
        var own = biased(gate(x, 2), 2);
        var past = call.flag("linear_before_reset")
                ? r.mul(biased(h.matmul(weights), 5))
                : biased(r.mul(h).matmul(weights), 5);
        var candidate = activation(1, "Tanh").apply(clipped(own.add(past)));
        return z.neg().add(scalar(1)).mul(candidate).add(z.mul(h));
    }

    /** Returns gate {@code k}'s argument: the input's share, the state's and both biases. */
    private Tensor sum(Tensor x, Tensor h, int k) {
        var past = h.matmul(recurrent.narrow(0, k * hidden, hidden).t());
        return biased(biased(gate(x, k).add(past), k), k + kind.gates());
    }

    private Tensor gate(Tensor x, int k) {
        return x.narrow(1, k * hidden, hidden);
    }

    private Tensor biased(Tensor x, int block) {
        return bias == null ? x : x.add(bias.narrow(0, block * hidden, hidden));
    }

    private Tensor peeped(Tensor x, int block, Tensor cell) {
        return peepholes == null
                ? x
                : x.add(peepholes.narrow(0, block * hidden, hidden).mul(cell));
    }

    private Tensor clipped(Tensor x) {
        double clip = call.real("clip", 0);
        return clip == 0 ? x : torch.hardtanh(x, scalar(-clip), scalar(clip));
    }

    private UnaryOperator<Tensor> activation(int place, String otherwise) {
        int each = kind == Kind.LSTM ? 3 : kind == Kind.GRU ? 2 : 1;
        if (call.node().attribute("activation_alpha").isPresent()
                || call.node().attribute("activation_beta").isPresent()) {
            throw new Lowering.Refusal("activations with parameters");
        }
        int index = direction * each + place;
        return call.node().attribute("activations").orElse(null) instanceof Attribute.StringsValue(var names)
                        && names.size() > index
                ? activation(names.get(index).text())
                : activation(otherwise);
    }

    private static UnaryOperator<Tensor> activation(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "sigmoid" -> Tensor::sigmoid;
            case "tanh" -> Tensor::tanh;
            case "relu" -> Tensor::relu;
            case "softplus" -> x -> torch.softplus(x);
            case "softsign" -> x -> x.div(x.abs().add(scalar(1)));
            case "hardsigmoid" -> x -> torch.hardtanh(x.mul(scalar(0.2)).add(scalar(0.5)), scalar(0), scalar(1));
            case "elu" -> x -> torch.elu(x);
            default -> throw new Lowering.Refusal("the activation " + name);
        };
    }
}
