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
            "ReduceProd", in -> reduce(in, 1, (a, b) -> a * b, (a, b) -> a * b),
            "ReduceSum", in -> reduce(in, 0, Long::sum, Double::sum),
            "ReduceMin", in -> reduce(in, Long.MAX_VALUE, Math::min, Math::min),
            "ReduceMax", in -> reduce(in, Long.MIN_VALUE, Math::max, Math::max),
            "ReduceMean", in -> floats(in, 0, Double::sum, (sum, count) -> sum / count),
            "ReduceL1", in -> floats(in, 0, (sum, value) -> sum + Math.abs(value), (sum, _) -> sum),
            "ReduceL2", in -> floats(in, 0, (sum, value) -> sum + value * value, (sum, _) -> Math.sqrt(sum)),
            "ReduceSumSquare", in -> floats(in, 0, (sum, value) -> sum + value * value, (sum, _) -> sum));

    private Reductions() {}

    /** Which elements become one. */
    private static final class Over {

        private final int[] sizes;
        private final int[] kept;
        private final List<Long> dims;

        private Over(int[] sizes, int[] kept, List<Long> dims) {
            this.sizes = sizes;
            this.kept = kept;
            this.dims = dims;
        }

        static Over of(Operands in) {
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
            var dims = new ArrayList<Long>();
            boolean keepAxes = in.node().intAttribute("keepdims", 1) != 0;
            for (int i = 0; i < rank; i++) {
                kept[i] = reduced[i] ? 1 : sizes[i];
                if (!reduced[i] || keepAxes) {
                    dims.add((long) kept[i]);
                }
            }
            return new Over(sizes, kept, dims);
        }

        int results() {
            return Indices.product(kept);
        }

        int[] into() {
            return Indices.broadcastMap(kept, sizes);
        }
    }

    private static List<Tensor> reduce(
            Operands in, long start, LongBinaryOperator longs, DoubleBinaryOperator doubles) {
        var data = in.tensor(0);
        if (data.type().prunable()) {
            double first = start == Long.MAX_VALUE
                    ? Double.POSITIVE_INFINITY
                    : start == Long.MIN_VALUE ? Double.NEGATIVE_INFINITY : start;
            return floats(in, first, doubles, (result, _) -> result);
        }
        if (!data.type().integral() || data.type() == DType.UINT64 || !in.fits(data.dims())) {
            return Operation.NOT_COMPUTED;
        }
        var over = Over.of(in);
        var results = new long[over.results()];
        Arrays.fill(results, start);
        var values = Elements.longs(data);
        var into = over.into();
        for (int i = 0; i < values.length; i++) {
            results[into[i]] = longs.applyAsLong(results[into[i]], values[i]);
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
        var over = Over.of(in);
        var results = new double[over.results()];
        Arrays.fill(results, start);
        var values = Tensors.doubles(data);
        var into = over.into();
        for (int i = 0; i < values.length; i++) {
            results[into[i]] = add.applyAsDouble(results[into[i]], values[i]);
        }
        double count = results.length == 0 ? 0 : (double) values.length / results.length;
        for (int i = 0; i < results.length; i++) {
            results[i] = finish.applyAsDouble(results[i], count);
        }
        return List.of(Tensors.ofDoubles(data.type(), over.dims, results));
    }
}
