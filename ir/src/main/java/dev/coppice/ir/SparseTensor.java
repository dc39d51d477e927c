package dev.coppice.ir;

import java.util.List;

/**
 * A constant stored as the values that are not zero and where they stand.
 *
 * @param values {@code [nnz]}; its name is the constant's name
 * @param indices int64, {@code [nnz]} (linear) or {@code [nnz, rank]}
 */
public record SparseTensor(Tensor values, Tensor indices, List<Long> dims, Carried carried) {

    public SparseTensor {
        dims = List.copyOf(dims);
    }

    /** Returns how many elements the constant has, zeros included; the reader has checked that the product fits. */
    public long size() {
        return dims.stream().reduce(1L, Math::multiplyExact);
    }

    public String name() {
        return values.name();
    }
}
