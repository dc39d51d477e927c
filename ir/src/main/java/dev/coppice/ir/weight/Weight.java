package dev.coppice.ir.weight;

import dev.coppice.ir.Elements;
import dev.coppice.ir.Tensor;
import java.util.List;

/**
 * A constant operand as an operator sees it: a strided view of the tensor that stores it. Element {@code (i0, i1, ...)} of the
 * operand is element {@code offset + i0 * strides[0] + i1 * strides[1] + ...} of {@code source}, in storage order.
 *
 * @param name what users know it by: the initializer's name, or the name of the value that the Constant node produces
 * @param source the initializer, or the tensor inside the Constant node
 * @param dims sizes as the operator sees them
 * @param strides in elements, one a dimension; 0 or greater
 */
public record Weight(String name, Tensor source, List<Long> dims, List<Long> strides, long offset) {

    public Weight {
        dims = List.copyOf(dims);
        strides = List.copyOf(strides);
    }

    /** Returns a stored tensor as it is. */
    public static Weight of(String name, Tensor source) {
        return new Weight(name, source, source.dims(), Views.rowMajor(source.dims()), 0);
    }

    /** Returns the number of elements that the operator sees. */
    public long size() {
        return dims.stream().reduce(1L, Math::multiplyExact);
    }

    /** Returns all elements in the operator's order, row-major; throws {@link IllegalArgumentException} unless they are floating-point. */
    public float[] floats() {
        var stored = new float[Math.toIntExact(source.size())];
        Elements.floats(source, 0, stored, stored.length);
        if (source.size() == size() && strides.equals(Views.rowMajor(dims))) {
            return stored;
        }
        var seen = new float[Math.toIntExact(size())];
        var index = new long[dims.size()];
        for (int i = 0; i < seen.length; i++) {
            long at = offset;
            for (int axis = 0; axis < index.length; axis++) {
                at += index[axis] * strides.get(axis);
            }
            seen[i] = stored[Math.toIntExact(at)];
            for (int axis = index.length - 1; axis >= 0 && ++index[axis] == dims.get(axis); axis--) {
                index[axis] = 0;
            }
        }
        return seen;
    }
}
