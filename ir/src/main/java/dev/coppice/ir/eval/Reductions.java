package dev.coppice.ir.eval;

import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.LongBinaryOperator;

/** Reductions of integer tensors, as they occur in shape arithmetic. */
final class Reductions {

    static final Map<String, Operation> OPERATIONS = Map.of(
            "ReduceProd", in -> reduce(in, 1, (a, b) -> a * b),
            "ReduceSum", in -> reduce(in, 0, Long::sum),
            "ReduceMin", in -> reduce(in, Long.MAX_VALUE, Math::min),
            "ReduceMax", in -> reduce(in, Long.MIN_VALUE, Math::max));

    private Reductions() {}

    private static List<Tensor> reduce(Operands in, long start, LongBinaryOperator operator) {
        var data = in.tensor(0);
        if (!data.type().integral() || data.type() == DType.UINT64 || !in.fits(data.dims())) {
            return Operation.NOT_COMPUTED;
        }
        int rank = data.dims().size();
        var axes = in.integers(1, "axes");
        var reduced = new boolean[rank];
        boolean none = axes == null || axes.length == 0;
        Arrays.fill(reduced, none && in.node().intAttribute("noop_with_empty_axes", 0) == 0);
        if (axes != null) {
            for (long axis : axes) {
                reduced[in.axis(axis, rank)] = true;
            }
        }
        var sizes = Indices.sizes(data.dims());
        var kept = sizes.clone();
        var dims = new ArrayList<Long>();
        boolean keepAxes = in.node().intAttribute("keepdims", 1) != 0;
        for (int i = 0; i < rank; i++) {
            kept[i] = reduced[i] ? 1 : sizes[i];
            if (!reduced[i] || keepAxes) {
                dims.add((long) kept[i]);
            }
        }
        var results = new long[Indices.product(kept)];
        Arrays.fill(results, start);
        var values = Elements.longs(data);
        var into = Indices.broadcastMap(kept, sizes);
        for (int i = 0; i < values.length; i++) {
            results[into[i]] = operator.applyAsLong(results[into[i]], values[i]);
        }
        return List.of(Tensors.ofLongs(data.type(), dims, results));
    }
}
