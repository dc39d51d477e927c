package dev.coppice.prune.allocate;

import dev.coppice.ir.Mask;
import dev.coppice.ir.layer.WeightMatrix;
import dev.coppice.prune.pattern.Pattern;
import dev.coppice.prune.pattern.Scratch;
import dev.coppice.prune.pattern.TileReader;
import dev.coppice.prune.score.NonFinite;
import dev.coppice.prune.score.Rule;
import dev.coppice.prune.score.Scorer;
import dev.coppice.prune.score.Unit;
import java.util.function.IntUnaryOperator;

/** Picks the lowest weights in each group of every row: those of N:M patterns, and whole rows. */
public final class LowestInGroups {

    /** Weights read at once. */
    private static final int TILE = 1 << 15;

    private final String parameter;
    private final WeightMatrix matrix;
    private final TileReader reader;
    private final Scorer scorer;
    private final Unit unit;
    private final boolean magnitude;
    private final Scratch scratch = new Scratch();
    private final Mask mask;
    private final int run;
    private final int step;
    private final int group;
    private final Quota quota;

    /** How many weights to prune in a group of {@code size} weights in row {@code row}. */
    @FunctionalInterface
    private interface Quota {
        int of(int row, int size);
    }

    /** Groups lie along runs of {@code run} weights that are {@code step} columns apart; the last group of a run may be smaller. */
    private LowestInGroups(
            String parameter, WeightMatrix matrix, Rule rule, int run, int step, int group, Quota quota) {
        this.run = run;
        this.step = step;
        this.group = group;
        this.quota = quota;
        this.parameter = parameter;
        this.matrix = matrix;
        this.reader = new TileReader(matrix);
        this.scorer = new Scorer(parameter, matrix, new Pattern.Unstructured(), rule);
        this.unit = scorer.unit();
        this.magnitude = rule.criterion().ranksWeightsByMagnitude();
        this.mask = new Mask(matrix.weight().source().size());
    }

    /**
     * Returns the mask of the stored tensor; ties go to the lower column.
     *
     * @throws dev.coppice.ir.BadModelException when a weight is NaN or infinite
     */
    public static Mask mask(String parameter, WeightMatrix matrix, Rule rule, Pattern.NofM pattern) {
        Quota quota = (_, size) -> pattern.prunedOf(size);
        return new LowestInGroups(parameter, matrix, rule, matrix.channels(), matrix.places(), pattern.group(), quota)
                .pick();
    }

    /** Returns a mask as {@link #mask} does, of {@code count} weights in each row. */
    public static Mask ofRows(String parameter, WeightMatrix matrix, Rule rule, IntUnaryOperator count) {
        int columns = matrix.columnCount();
        Quota quota = (row, _) -> count.applyAsInt(row);
        return new LowestInGroups(parameter, matrix, rule, columns, 1, columns, quota).pick();
    }

    private Mask pick() {
        int rows = matrix.rowCount();
        int columns = matrix.columnCount();
        int band = Math.min(rows, Math.max(reader.prefersTallTiles() ? 16 : 1, TILE / columns));
        var tile = scratch.tile(band * columns);
        var scores = new double[columns];
        for (int row = 0; row < rows; row += band) {
            int height = Math.min(band, rows - row);
            reader.read(row, 0, height, columns, tile, scratch);
            for (int r = 0; r < height; r++) {
                copyRow(tile, r * reader.rowStep(columns), reader.columnStep(height), scores, columns);
                toScores(scores, columns, row + r);
                pickRow(scores, row + r);
            }
        }
        return mask;
    }

    /** Goes through the runs of a row, which are all that begin before the first one's second weight. */
    private void pickRow(double[] scores, int row) {
        for (int first = 0; first < step; first++) {
            for (int i = 0; i < run; i += group) {
                int size = Math.min(group, run - i);
                prune(scores, first + i * step, size, quota.of(row, size), row);
            }
        }
    }

    private static void copyRow(double[] tile, int from, int step, double[] into, int count) {
        for (int i = 0, at = from; i < count; i++, at += step) {
            into[i] = tile[at];
        }
    }

    private void toScores(double[] weights, int count, int row) {
        if (magnitude) {
            toMagnitudes(weights, count);
        } else {
            for (int c = 0; c < count; c++) {
                weights[c] = scorer.score(unit, weights[c], row, c, reader.element(row, c));
            }
        }
        if (!allFinite(weights, count)) {
            throw NonFinite.find(parameter, matrix);
        }
    }

    private static void toMagnitudes(double[] tile, int count) {
        for (int i = 0; i < count; i++) {
            tile[i] = Math.abs(tile[i]);
        }
    }

    private static boolean allFinite(double[] scores, int count) {
        boolean finite = true;
        for (int i = 0; i < count; i++) {
            finite &= scores[i] < Double.POSITIVE_INFINITY;
        }
        return finite;
    }

    private void prune(double[] scores, int from, int size, int count, int row) {
        if (count == 0) {
            return;
        }
        var ranked = scratch.unit(size);
        for (int i = 0; i < size; i++) {
            ranked[i] = scores[from + i * step];
        }
        double threshold = Select.rank(ranked, size, count - 1);
        int ties = count;
        for (int i = 0; i < count; i++) {
            ties -= ranked[i] < threshold ? 1 : 0;
        }
        for (int i = 0; i < size; i++) {
            double score = scores[from + i * step];
            if (score < threshold || (score == threshold && ties-- > 0)) {
                mask.prune(reader.element(row, from + i * step));
            }
        }
    }
}
