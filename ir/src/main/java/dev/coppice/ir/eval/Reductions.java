package dev.coppice.ir.eval;

import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleBinaryOperator;
import java.util.function.LongBinaryOperator;

/**
 * Reductions: of integers, as they occur in shape arithmetic, and of floats, as in weights that are computed from others (weight
 * normalisation). Floats are added up in double precision and rounded once.
 */
final class Reductions {

    static final Map<String, Operation> OPERATIONS = Map.of(
            "ReduceProd", in -> reduce(in, 1, (a, b) -> a * b, 1, (a, b) -> a * b),
            "ReduceSum", in -> reduce(in, 0, Long::sum, 0, Double::sum),
            "ReduceMin", in -> reduce(in, Long.MAX_VALUE, Math::min, Double.POSITIVE_INFINITY, Math::min),
            "ReduceMax", in -> reduce(in, Long.MIN_VALUE, Math::max, Double.NEGATIVE_INFINITY, Math::max),
            "ReduceMean", in -> floats(in, 0, Double::sum, (sum, count) -> sum / count),
            "ReduceL1", in -> floats(in, 0, (sum, value) -> sum + Math.abs(value), (sum, _) -> sum),
            "ReduceL2", in -> floats(in, 0, (sum, value) -> sum + value * value, (sum, _) -> Math.sqrt(sum)),
            "ReduceSumSquare", in -> floats(in, 0, (sum, value) -> sum + value * value, (sum, _) -> sum));

    private Reductions() {}

    /** Which elements become one. */
    private static final class Over {

        private final List<Long> dims = new ArrayList<>();
        private final int results;
        private final int[] into;

        Over(Operands in) {
            var data = in.tensor(0);
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
            boolean keepAxes = in.node().intAttribute("keepdims", 1) != 0;
            for (int i = 0; i < rank; i++) {
                kept[i] = reduced[i] ? 1 : sizes[i];
                if (!reduced[i] || keepAxes) {
                    dims.add((long) kept[i]);
                }
            }
            results = Indices.product(kept);
            into = Indices.broadcastMap(kept, sizes);
        }
    }

    private static List<Tensor> reduce(
            Operands in, long start, LongBinaryOperator longs, double first, DoubleBinaryOperator doubles) {
        return in.tensor(0).type().integral()
                ? integers(in, start, longs)
                : floats(in, first, doubles, (result, _) -> result);
    }

    private static List<Tensor> integers(Operands in, long start, LongBinaryOperator add) {
        var data = in.tensor(0);
        if (data.type() == DType.UINT64 || !in.fits(data.dims())) {
            return Operation.NOT_COMPUTED;
        }
        var over = new Over(in);
        var results = new long[over.results];
        Arrays.fill(results, start);
        var values = Elements.longs(data);
        for (int i = 0; i < values.length; i++) {
            results[over.into[i]] = add.applyAsLong(results[over.into[i]], values[i]);
        }
        return List.of(Tensors.ofLongs(data.type(), over.dims, results));
    }

    /** @param finish makes a result of what was added up, and of the number of elements that it was added up of */
    private static List<Tensor> floats(
            Operands in, double start, DoubleBinaryOperator add, DoubleBinaryOperator finish) {
        var data = in.tensor(0);
        if (!data.type().prunable() || !in.fits(data.dims())) {
            return Operation.NOT_COMPUTED;
        }
        var over = new Over(in);
        var results = new double[over.results];
        Arrays.fill(results, start);
        var values = Tensors.doubles(data);
        for (int i = 0; i < values.length; i++) {
            results[over.into[i]] = add.applyAsDouble(results[over.into[i]], values[i]);
        }
        double count = results.length == 0 ? 0 : (double) values.length / results.length;
        for (int i = 0; i < results.length; i++) {
            results[i] = finish.applyAsDouble(results[i], count);
        }
        return List.of(Tensors.ofDoubles(data.type(), over.dims, results));
    }
}
