package dev.coppice.prune.pattern;

import dev.coppice.ir.UsageException;
import dev.coppice.ir.layer.UnitGrid;
import dev.coppice.ir.layer.WeightMatrix;

/** A granularity of pruning: which weights of a matrix live or die together. */
public sealed interface Pattern {

    /** Single weights, wherever they are. */
    record Unstructured() implements Pattern {}

    /** Whole rows: all weights of an output feature. */
    record Row() implements Pattern {}

    /** Whole columns: all weights that one input of the reduction meets. */
    record Column() implements Pattern {}

    /** Blocks of {@code rows} consecutive rows and {@code columns} consecutive columns; smaller at the edges. */
    record Block(int rows, int columns) implements Pattern {}

    /**
     * {@code pruned} of every {@code group} weights that are consecutive along the reduction axis: of a convolution along the input channels
     * of a group, at each place of the kernel, as tensor cores read them (channels innermost; Mishra et al. 2021, arXiv 2104.08378).
     */
    record NofM(int pruned, int group) implements Pattern {

        /** Returns how many weights are pruned of the {@code size} ones that are left behind the last whole group. */
        public int prunedOf(int size) {
            return Math.max(0, pruned - (group - size));
        }

        /** Returns how many weights are pruned of so many along the reduction axis. */
        public long prunedOfRun(int length) {
            return (long) (length / group) * pruned + (length % group == 0 ? 0 : prunedOf(length % group));
        }

        /** Returns how many weights are pruned in a matrix. */
        public long prunedOf(WeightMatrix matrix) {
            return prunedOfRun(matrix.channels()) * matrix.places() * matrix.rowCount();
        }
    }

    /**
     * Reads {@code unstructured}, {@code row}, {@code column}, {@code block:RxC} or {@code N:M}.
     *
     * @throws UsageException when it is none of them
     */
    static Pattern parse(String text) {
        return PatternParser.parse(text);
    }

    /** Returns the form that {@link #parse} reads. */
    default String label() {
        return switch (this) {
            case Unstructured _ -> "unstructured";
            case Row _ -> "row";
            case Column _ -> "column";
            case Block(int rows, int columns) -> "block:" + rows + "x" + columns;
            case NofM(int pruned, int group) -> pruned + ":" + group;
        };
    }

    /** Returns the form for people, which leaves no doubt what an N:M pattern prunes. */
    default String describe() {
        return this instanceof NofM(int pruned, int group)
                ? label() + ", prunes " + pruned + " keeps " + (group - pruned)
                : label();
    }

    /** Returns what is pruned at once. */
    default String unit() {
        return switch (this) {
            case Unstructured _, NofM _ -> "weight";
            case Row _ -> "row";
            case Column _ -> "column";
            case Block _ -> "block";
        };
    }

    /** Returns the units of a matrix. Single weights form a grid of 1 x 1. */
    default UnitGrid grid(WeightMatrix matrix) {
        int rows = matrix.rowCount();
        int columns = matrix.columnCount();
        return switch (this) {
            case Unstructured _, NofM _ -> new UnitGrid(rows, columns, 1, 1);
            case Row _ -> new UnitGrid(rows, columns, 1, columns);
            case Column _ -> new UnitGrid(rows, columns, rows, 1);
            case Block(int height, int width) -> new UnitGrid(rows, columns, height, width);
        };
    }
}
