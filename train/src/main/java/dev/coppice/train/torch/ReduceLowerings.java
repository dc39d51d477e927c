package dev.coppice.train.torch;

import static dev.coppice.train.torch.Lowering.one;

import java.util.Map;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Reductions over axes. */
final class ReduceLowerings {

    private ReduceLowerings() {}

    /** Reduces over axes that exist, keeping them with size 1 or not. */
    @FunctionalInterface
    private interface Reduction {
        Tensor reduce(Tensor x, long[] axes, boolean keep);
    }

    static void register(Map<String, Lowering> table) {
        table.put("ReduceSum", reduction(ReduceLowerings::sum));
        table.put("ReduceMean", reduction((x, axes, keep) -> x.mean(axes, keep, new ScalarTypeOptional())));
        table.put("ReduceMax", reduction((x, axes, keep) -> x.amax(axes, keep)));
        table.put("ReduceMin", reduction((x, axes, keep) -> x.amin(axes, keep)));
        table.put("ReduceProd", reduction(ReduceLowerings::product));
        table.put("ReduceL1", reduction((x, axes, keep) -> sum(x.abs(), axes, keep)));
        table.put(
                "ReduceL2",
                reduction((x, axes, keep) -> sum(x.square(), axes, keep).sqrt()));
        table.put("ReduceSumSquare", reduction((x, axes, keep) -> sum(x.square(), axes, keep)));
        table.put(
                "ReduceLogSum", reduction((x, axes, keep) -> sum(x, axes, keep).log()));
        table.put("ReduceLogSumExp", reduction((x, axes, keep) -> x.logsumexp(axes, keep)));
        table.put("ArgMax", one(call -> extreme(call, true)));
        table.put("ArgMin", one(call -> extreme(call, false)));
        table.put("CumSum", one(ReduceLowerings::cumulative));
    }

    private static Lowering reduction(Reduction reduction) {
        return one(call -> {
            var x = call.in(0);
            var axes = call.axes("axes", 1);
            if (axes == null || axes.length == 0) {
                if (call.flag("noop_with_empty_axes")) {
                    return reduction.reduce(x.unsqueeze(x.dim()), new long[] {x.dim()}, false);
                }
                axes = NormLowerings.range(0, (int) x.dim());
            }
            boolean keep = call.integer("keepdims", 1) != 0;
            return axes.length == 0
                    ? reduction.reduce(x.unsqueeze(0), new long[] {0}, false)
                    : reduction.reduce(x, axes, keep);
        });
    }

    private static Tensor sum(Tensor x, long[] axes, boolean keep) {
        var sum = x.sum(axes, keep, new ScalarTypeOptional());
        return sum.scalar_type().intern() == x.scalar_type().intern()
                ? sum
                : sum.to(x.scalar_type().intern());
    }

    private static Tensor product(Tensor x, long[] axes, boolean keep) {
        var product = x;
        for (long axis : axes) {
            product = product.prod(axis, true, new ScalarTypeOptional());
        }
        var kept = product.scalar_type().intern() == x.scalar_type().intern()
                ? product
                : product.to(x.scalar_type().intern());
        return keep ? kept : kept.squeeze(axes);
    }

    private static Tensor extreme(Call call, boolean max) {
        var x = call.in(0);
        long axis = call.axis(call.integer("axis", 0), x.dim());
        boolean keep = call.integer("keepdims", 1) != 0;
        boolean last = call.flag("select_last_index");
        var from = last ? x.flip(axis) : x;
        var index = max ? from.argmax(new LongOptional(axis), keep) : from.argmin(new LongOptional(axis), keep);
        return last
                ? index.neg()
                        .add(new org.bytedeco.pytorch.Scalar(x.size(axis) - 1))
                        .to(torch.ScalarType.Long)
                : index;
    }

    private static Tensor cumulative(Call call) {
        long axis = call.longs(1)[0];
        var x = call.flag("reverse") ? call.in(0).flip(axis) : call.in(0);
        var sums = torch.cumsum(x, axis).to(x.scalar_type().intern());
        if (call.flag("exclusive")) {
            sums = sums.sub(x);
        }
        return call.flag("reverse") ? sums.flip(axis) : sums;
    }
}
