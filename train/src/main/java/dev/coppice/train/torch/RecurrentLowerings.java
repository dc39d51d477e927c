package dev.coppice.train.torch;

import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * LSTM, GRU and RNN. The usual form is libtorch's own kernel with the gates put in its order, which gradients pass; sequences of
 * different lengths, peepholes and other activations are written out step by step ({@link RecurrentCell}).
 */
final class RecurrentLowerings {

    private RecurrentLowerings() {}

    static void register(Map<String, Lowering> table) {
        table.put("LSTM", call -> lower(call, Kind.LSTM));
        table.put("GRU", call -> lower(call, Kind.GRU));
        table.put("RNN", call -> lower(call, Kind.RNN));
    }

    /** The operators, with the places of their gates in ONNX's order for each of libtorch's. */
    enum Kind {
        LSTM(0, 2, 3, 1), // iofc -> ifgo
        GRU(1, 0, 2), // zrh -> rzn
        RNN(0);

        @SuppressWarnings("ImmutableEnumChecker") // never written
        private final int[] gates;

        Kind(int... gates) {
            this.gates = gates;
        }

        int gates() {
            return gates.length;
        }
    }

    private static List<Tensor> lower(Call call, Kind kind) {
        if (call.flag("layout")) {
            var swapped = call.inputs().clone();
            for (int i : new int[] {0, 5, 6}) {
                if (call.has(i)) {
                    swapped[i] = call.in(i).transpose(0, 1);
                }
            }
            var results = run(
                    new Call(call.node(), call.opset(), swapped, call.precision(), call.layout(), call.training()),
                    kind);
            // [T, D, N, H] -> [N, T, D, H], and [D, N, H] -> [N, D, H]
            return kind == Kind.LSTM
                    ? List.of(
                            results.get(0).permute(2, 0, 1, 3),
                            results.get(1).transpose(0, 1),
                            results.get(2).transpose(0, 1))
                    : List.of(results.get(0).permute(2, 0, 1, 3), results.get(1).transpose(0, 1));
        }
        return run(call, kind);
    }

    private static List<Tensor> run(Call call, Kind kind) {
        return isPlain(call, kind) ? fused(call, kind) : RecurrentCell.run(call, kind);
    }

    /** Tells whether libtorch has this very form. */
    private static boolean isPlain(Call call, Kind kind) {
        boolean plain = !call.has(7)
                && call.node().attribute("activations").isEmpty()
                && call.node().attribute("clip").isEmpty()
                && !call.flag("input_forget")
                && !call.text("direction", "forward").equals("reverse")
                && (kind != Kind.GRU || call.flag("linear_before_reset"));
        if (!plain || !call.has(4)) {
            return plain;
        }
        for (long length : call.longs(4)) {
            plain &= length == call.in(0).size(0);
        }
        return plain;
    }

    private static List<Tensor> fused(Call call, Kind kind) {
        var x = call.in(0); // [T, N, I]
        long directions = call.in(1).size(0);
        long hidden = call.in(2).size(2);
        var parameters = new TensorVector(4 * directions);
        for (int d = 0; d < directions; d++) {
            var bias = call.has(3)
                    ? call.in(3).select(0, d)
                    : torch.zeros(new long[] {2L * kind.gates() * hidden}, like(x));
            parameters.put(4L * d, ordered(call.in(1).select(0, d), kind, hidden));
            parameters.put(4L * d + 1, ordered(call.in(2).select(0, d), kind, hidden));
            parameters.put(4L * d + 2, ordered(bias.narrow(0, 0, kind.gates() * hidden), kind, hidden));
            parameters.put(
                    4L * d + 3, ordered(bias.narrow(0, kind.gates() * hidden, kind.gates() * hidden), kind, hidden));
        }
        var h = initial(call, 5, directions, hidden);
        boolean both = directions == 2;
        if (kind == Kind.LSTM) {
            var states = new TensorVector(2);
            states.put(0, h);
            states.put(1, initial(call, 6, directions, hidden));
            var results = torch.lstm(x, states, parameters, true, 1, 0, false, both, false);
            return List.of(
                    separated(results.get0(), directions), new Tensor(results.get1()), new Tensor(results.get2()));
        }
        var results = kind == Kind.GRU
                ? torch.gru(x, h, parameters, true, 1, 0, false, both, false)
                : torch.rnn_tanh(x, h, parameters, true, 1, 0, false, both, false);
        return List.of(separated(results.get0(), directions), new Tensor(results.get1()));
    }

    /** Puts the blocks of {@code hidden} rows, one a gate, in libtorch's order. */
    private static Tensor ordered(Tensor rows, Kind kind, long hidden) {
        if (kind == Kind.RNN) {
            return rows;
        }
        var blocks = new TensorVector(kind.gates());
        for (int i = 0; i < kind.gates(); i++) {
            blocks.put(i, rows.narrow(0, kind.gates[i] * hidden, hidden));
        }
        return torch.cat(blocks, 0);
    }

    static Tensor initial(Call call, int input, long directions, long hidden) {
        return call.has(input)
                ? call.in(input).contiguous()
                : torch.zeros(new long[] {directions, call.in(0).size(1), hidden}, like(call.in(0)));
    }

    static TensorOptions like(Tensor x) {
        return new TensorOptions(x.scalar_type().intern());
    }

    /** [T, N, D*H] -> [T, D, N, H] */
    private static Tensor separated(Tensor y, long directions) {
        return y.reshape(y.size(0), y.size(1), directions, y.size(2) / directions)
                .permute(0, 2, 1, 3);
    }
}
