package dev.coppice.ir.layer;

import dev.coppice.ir.weight.Weight;

/**
 * A weight as the matrix that its operator multiplies with: one row for each output feature, columns along the reduction axis.
 * Element {@code (r, c)} is element {@code weight.offset() + rows.offsets()[r] + columns.offsets()[c]} of the stored tensor.
 */
public record WeightMatrix(Weight weight, Axis rows, Axis columns) {

    public int rowCount() {
        return rows.size();
    }

    public int columnCount() {
        return columns.size();
    }

    /** Returns how many input features a row sums over: of a convolution the input channels of a group. */
    public int channels() {
        return columns.dims().isEmpty() ? 1 : Math.toIntExact(columns.dims().getFirst());
    }

    /** Returns how many weights each input feature has in a row: as many as a convolution's kernel has places, otherwise 1. */
    public int places() {
        return columnCount() / Math.max(1, channels());
    }

    /** Returns the number of weights. */
    public long size() {
        return (long) rowCount() * columnCount();
    }
}
