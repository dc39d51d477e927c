package dev.coppice.ir.layer;

import dev.coppice.ir.Mask;

/**
 * A matrix cut into units of {@code height x width} weights, numbered row by row; units at the lower and right edge may be smaller.
 *
 * @param rows of the matrix
 * @param columns of the matrix
 */
public record UnitGrid(int rows, int columns, int height, int width) {

    public UnitGrid {
        height = Math.min(height, Math.max(1, rows));
        width = Math.min(width, Math.max(1, columns));
    }

    public int unitRows() {
        return Math.ceilDiv(rows, height);
    }

    public int unitColumns() {
        return Math.ceilDiv(columns, width);
    }

    public long units() {
        return (long) unitRows() * unitColumns();
    }

    public int firstRow(long unit) {
        return (int) (unit / unitColumns()) * height;
    }

    public int firstColumn(long unit) {
        return (int) (unit % unitColumns()) * width;
    }

    /** Returns the number of weights in a unit. */
    public int size(long unit) {
        return Math.min(height, rows - firstRow(unit)) * Math.min(width, columns - firstColumn(unit));
    }

    /** Says whether all units have {@code height * width} weights. */
    public boolean isEven() {
        return rows % height == 0 && columns % width == 0;
    }

    /** Turns a mask of units into one of the tensor that stores the matrix. */
    public Mask inSource(Mask units, WeightMatrix matrix) {
        var mask = new Mask(matrix.weight().source().size());
        var rowOffsets = matrix.rows().offsets();
        var columnOffsets = matrix.columns().offsets();
        for (int r = 0; r < rowOffsets.length; r++) {
            long first = (long) (r / height) * unitColumns();
            long at = matrix.weight().offset() + rowOffsets[r];
            for (int c = 0, end; c < columnOffsets.length; c = end) {
                end = Math.min(c + width, columnOffsets.length);
                if (units.isPruned(first++)) {
                    prune(mask, at, columnOffsets, c, end);
                }
            }
        }
        return mask;
    }

    private static void prune(Mask mask, long at, long[] columnOffsets, int from, int to) {
        for (int c = from; c < to; c++) {
            mask.prune(at + columnOffsets[c]);
        }
    }
}
