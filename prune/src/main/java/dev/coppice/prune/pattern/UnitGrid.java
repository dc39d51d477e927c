package dev.coppice.prune.pattern;

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
        for (long unit = 0; unit < units(); unit++) {
            if (units.isPruned(unit)) {
                prune(mask, unit, rowOffsets, columnOffsets, matrix.weight().offset());
            }
        }
        return mask;
    }

    private void prune(Mask mask, long unit, long[] rowOffsets, long[] columnOffsets, long offset) {
        int bottom = Math.min(firstRow(unit) + height, rows);
        int right = Math.min(firstColumn(unit) + width, columns);
        for (int r = firstRow(unit); r < bottom; r++) {
            for (int c = firstColumn(unit); c < right; c++) {
                mask.prune(offset + rowOffsets[r] + columnOffsets[c]);
            }
        }
    }
}
