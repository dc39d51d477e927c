package dev.coppice.ir.eval;

import dev.coppice.ir.Elements;
import dev.coppice.ir.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.function.LongBinaryOperator;

/** Two operands broadcast together: which elements of them meet. */
record Pairs(Tensor a, Tensor b, List<Long> dims) {

    static Pairs of(Operands in, Tensor a, Tensor b) {
        var sizes = Indices.broadcast(List.of(Indices.sizes(a.dims()), Indices.sizes(b.dims())));
        if (sizes == null) {
            throw in.bad("%s and %s do not broadcast".formatted(a.dims(), b.dims()));
        }
        return new Pairs(a, b, Indices.dims(sizes));
    }

    long[] longs(LongBinaryOperator operator) {
        var left = Elements.longs(a);
        var right = Elements.longs(b);
        var from = map(a);
        var with = map(b);
        var results = new long[from.length];
        Arrays.setAll(results, i -> operator.applyAsLong(left[from[i]], right[with[i]]));
        return results;
    }

    double[] doubles(DoubleBinaryOperator operator) {
        var left = Tensors.doubles(a);
        var right = Tensors.doubles(b);
        var from = map(a);
        var with = map(b);
        var results = new double[from.length];
        Arrays.setAll(results, i -> operator.applyAsDouble(left[from[i]], right[with[i]]));
        return results;
    }

    private int[] map(Tensor operand) {
        return Indices.broadcastMap(Indices.sizes(operand.dims()), Indices.sizes(dims));
    }
}
