package dev.coppice.prune.pattern;

import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.layer.WeightMatrix;

/** Reads rectangles of a weight matrix in whichever direction memory runs. Thread-safe: buffers come from the caller. */
public final class TileReader {

    private final Tensor source;
    private final long[] rows;
    private final long[] columns;
    private final int[] rowRunEnds;
    private final int[] columnRunEnds;
    private final boolean alongRows;

    public TileReader(WeightMatrix matrix) {
        source = matrix.weight().source();
        rows = matrix.rows().offsets();
        columns = matrix.columns().offsets();
        for (int r = 0; r < rows.length; r++) {
            rows[r] += matrix.weight().offset();
        }
        rowRunEnds = runEnds(rows);
        columnRunEnds = runEnds(columns);
        // Long reads down the rows are worth more than short ones along the columns.
        alongRows = runs(columnRunEnds) * (long) rows.length > runs(rowRunEnds) * (long) columns.length;
    }

    /** Says whether neighbours in memory are neighbours in a column (as in a MatMul's {@code [K, N]}): read many rows at once. */
    public boolean prefersTallTiles() {
        return alongRows;
    }

    /** Returns how far apart neighbours in a column are in a tile of this width. */
    public int rowStep(int width) {
        return alongRows ? 1 : width;
    }

    /** Returns how far apart neighbours in a row are in a tile of this height. */
    public int columnStep(int height) {
        return alongRows ? height : 1;
    }

    /** Returns the index in the stored tensor of element {@code (row, column)}. */
    public long element(int row, int column) {
        return rows[row] + columns[column];
    }

    /**
     * Reads {@code height x width} weights from {@code (row, column)} on. Weight {@code (row + r, column + c)} comes to
     * {@code tile[r * rowStep(width) + c * columnStep(height)]}: in the order of memory, since jumps would cost more than the reading.
     */
    public void read(int row, int column, int height, int width, double[] tile, Scratch scratch) {
        if (alongRows) {
            for (int c = 0; c < width; c++) {
                for (int r = 0, n; r < height; r += n) {
                    n = Math.min(rowRunEnds[row + r] - row, height) - r;
                    read(element(row + r, column + c), n, tile, c * height + r, scratch);
                }
            }
        } else {
            for (int r = 0; r < height; r++) {
                for (int c = 0, n; c < width; c += n) {
                    n = Math.min(columnRunEnds[column + c] - column, width) - c;
                    read(element(row + r, column + c), n, tile, r * width + c, scratch);
                }
            }
        }
    }

    private void read(long element, int count, double[] tile, int at, Scratch scratch) {
        if (source.type() == DType.DOUBLE) {
            var run = scratch.run(count);
            Elements.doubles(source, element, run, count);
            System.arraycopy(run, 0, tile, at, count);
        } else {
            var run = scratch.floats(count);
            Elements.floats(source, element, run, count);
            for (int i = 0; i < count; i++) {
                tile[at + i] = run[i];
            }
        }
    }

    /** Returns for each index where the run of consecutive offsets that it lies in ends. */
    private static int[] runEnds(long[] offsets) {
        var ends = new int[offsets.length];
        for (int i = offsets.length - 1; i >= 0; i--) {
            boolean goesOn = i + 1 < offsets.length && offsets[i + 1] == offsets[i] + 1;
            ends[i] = goesOn ? ends[i + 1] : i + 1;
        }
        return ends;
    }

    private static int runs(int[] runEnds) {
        int runs = 0;
        for (int i = 0; i < runEnds.length; i = runEnds[i]) {
            runs++;
        }
        return runs;
    }
}
