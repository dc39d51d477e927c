package dev.coppice.train.torch;

import static dev.coppice.train.torch.Call.scalar;
import static dev.coppice.train.torch.Lowering.one;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Normalisations. */
final class NormLowerings {

    private NormLowerings() {}

    static void register(Map<String, Lowering> table) {
        table.put("BatchNormalization", NormLowerings::batchNorm);
        table.put("InstanceNormalization", one(NormLowerings::instanceNorm));
        table.put("GroupNormalization", one(NormLowerings::groupNorm));
        table.put("LayerNormalization", NormLowerings::layerNorm);
        table.put("RMSNormalization", one(NormLowerings::rmsNorm));
        table.put("LpNormalization", one(NormLowerings::lpNorm));
        table.put("MeanVarianceNormalization", one(NormLowerings::meanVariance));
        table.put("LRN", one(NormLowerings::localResponse));
    }

    /**
     * In training the batch's statistics are used and the running ones follow in place:
     * ONNX's {@code running = running * momentum + batch * (1 - momentum)}, libtorch's momentum is {@code 1 - momentum}.
     */
    private static List<Tensor> batchNorm(Call call) {
        double epsilon = call.real("epsilon", 1e-5);
        double momentum = 1 - call.real("momentum", 0.9);
        if (call.flag("training_mode")) {
            var mean = call.in(3).clone();
            var variance = call.in(4).clone();
            var y = torch.batch_norm(
                    call.in(0),
                    call.optional(1),
                    call.optional(2),
                    new TensorOptional(),
                    new TensorOptional(),
                    true,
                    momentum,
                    epsilon,
                    false);
            return List.of(y, follow(mean, call.in(0), momentum, true), follow(variance, call.in(0), momentum, false));
        }
        return List.of(torch.batch_norm(
                call.in(0),
                call.optional(1),
                call.optional(2),
                call.optional(3),
                call.optional(4),
                call.training(),
                momentum,
                epsilon,
                false));
    }

    /** ONNX follows the population variance, libtorch the unbiased one. */
    private static Tensor follow(Tensor running, Tensor x, double momentum, boolean mean) {
        var axes = new long[(int) x.dim() - 1];
        for (int i = 1; i < axes.length; i++) {
            axes[i] = i + 1L;
        }
        var now = mean ? x.mean(axes) : x.var(axes, false, false);
        return running.mul(scalar(1 - momentum)).add(now.mul(scalar(momentum)));
    }

    private static Tensor instanceNorm(Call call) {
        return torch.instance_norm(
                call.in(0),
                call.optional(1),
                call.optional(2),
                new TensorOptional(),
                new TensorOptional(),
                true,
                0,
                call.real("epsilon", 1e-5),
                false);
    }

    /** Since version 21 scale and bias are one a channel, before that one a group. */
    private static Tensor groupNorm(Call call) {
        var x = call.in(0);
        long groups = call.integer("num_groups", 1);
        double epsilon = call.real("epsilon", 1e-5);
        if (call.in(1).numel() == x.size(1)) {
            return torch.group_norm(x, groups, call.optional(1), call.optional(2), epsilon, false);
        }
        var sizes = ConvolutionLowerings.channels(x.size(1), x.dim());
        long each = x.size(1) / groups;
        var scale = call.in(1).unsqueeze(1).expand(groups, each).reshape(sizes);
        var bias = call.in(2).unsqueeze(1).expand(groups, each).reshape(sizes);
        return torch.group_norm(x, groups, new TensorOptional(), new TensorOptional(), epsilon, false)
                .mul(scale)
                .add(bias);
    }

    private static List<Tensor> layerNorm(Call call) {
        var x = call.in(0);
        int axis = (int) call.axis(call.integer("axis", -1), x.dim());
        double epsilon = call.real("epsilon", 1e-5);
        var sizes = Tensors.sizes(Tensors.dims(x));
        var normalised = Arrays.copyOfRange(sizes, axis, sizes.length);
        if (call.node().outputs().size() == 1) {
            var scale = call.in(1).expand(normalised);
            var bias = call.has(2) ? new TensorOptional(call.in(2).expand(normalised)) : new TensorOptional();
            return List.of(torch.layer_norm(x, normalised, new TensorOptional(scale), bias, epsilon, false));
        }
        var axes = range(axis, sizes.length);
        var mean = x.mean(axes, true, new ScalarTypeOptional());
        var inverse = x.var(axes, false, true).add(scalar(epsilon)).rsqrt();
        var y = x.sub(mean).mul(inverse).mul(call.in(1));
        return List.of(call.has(2) ? y.add(call.in(2)) : y, mean, inverse);
    }

    private static Tensor rmsNorm(Call call) {
        var x = call.in(0);
        int axis = (int) call.axis(call.integer("axis", -1), x.dim());
        var sizes = Tensors.sizes(Tensors.dims(x));
        var normalised = Arrays.copyOfRange(sizes, axis, sizes.length);
        return torch.rms_norm(x, normalised, new TensorOptional(), new DoubleOptional(call.real("epsilon", 1e-5)))
                .mul(call.in(1));
    }

    private static Tensor lpNorm(Call call) {
        var x = call.in(0);
        long axis = call.integer("axis", -1);
        var length = call.integer("p", 2) == 1
                ? x.abs().sum(new long[] {axis}, true, new ScalarTypeOptional())
                : x.square()
                        .sum(new long[] {axis}, true, new ScalarTypeOptional())
                        .sqrt();
        // 0 / 0 is 0 here
        return x.div(length.add(torch.eq(length, scalar(0))));
    }

    private static Tensor meanVariance(Call call) {
        var x = call.in(0);
        var axes = call.integers("axes", new long[] {0, 2, 3});
        var mean = x.mean(axes, true, new ScalarTypeOptional());
        return x.sub(mean).div(x.var(axes, false, true).sqrt().add(scalar(1e-9)));
    }

    private static Tensor localResponse(Call call) {
        var x = call.in(0); // [N, C, spatial...]
        long size = call.integer("size", 1);
        // The window over the channels reaches (size - 1) / 2 back, rounded down.
        long back = (size - 1) / 2;
        var pads = new long[2 * (int) (x.dim() - 1)];
        pads[pads.length - 2] = back;
        pads[pads.length - 1] = size - 1 - back;
        var squares = torch.constant_pad_nd(x.square(), pads, scalar(0));
        var sum = squares.narrow(1, 0, x.size(1));
        for (long i = 1; i < size; i++) {
            sum = sum.add(squares.narrow(1, i, x.size(1)));
        }
        var base = sum.mul(scalar(call.real("alpha", 1e-4) / size)).add(scalar(call.real("bias", 1)));
        return x.div(torch.pow(base, scalar(call.real("beta", 0.75))));
    }

    static long[] range(int from, int to) {
        var axes = new long[to - from];
        Arrays.setAll(axes, i -> from + i);
        return axes;
    }
}
