package dev.coppice.ir.layer;

import java.util.List;

/**
 * One side of a {@link WeightMatrix}: the index range of some dimensions of a weight taken together, the last one fastest.
 *
 * @param dims sizes; empty for a side of length 1
 * @param strides in elements of the stored tensor, one a dimension
 */
public record Axis(List<Long> dims, List<Long> strides) {

    public Axis {
        dims = List.copyOf(dims);
        strides = List.copyOf(strides);
    }

    /** Returns the number of indices; throws {@link ArithmeticException} beyond 2^31 - 1. */
    public int size() {
        long size = 1;
        for (long dim : dims) {
            size = Math.multiplyExact(size, dim);
        }
        return Math.toIntExact(size);
    }

    /** Returns for each index how far it moves in the stored tensor, in elements. */
    public long[] offsets() {
        var offsets = new long[size()];
        var index = new long[dims.size()];
        long at = 0;
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = at;
            for (int d = index.length - 1; d >= 0; d--) {
                at += strides.get(d);
                if (++index[d] < dims.get(d)) {
                    break;
                }
                at -= index[d] * strides.get(d);
                index[d] = 0;
            }
        }
        return offsets;
    }
}
