package dev.coppice.prune.allocate;

import dev.coppice.prune.pattern.Scratch;
import dev.coppice.prune.score.UnitKeys;
import java.util.Arrays;

/**
 * Bounds the LAMP scores of one weight's units without sorting them: units are counted, and their squares added up, in buckets
 * of similar score. The score of the unit ranked {@code i} is {@code w_i^2 / sum_{j >= i} w_j^2}, which rises with the rank.
 */
final class LampSurvey {

    /** Widens the bounds by more than what rounding can make of the sums. */
    private static final double SLACK = 1e-6;

    private final UnitKeys keys;
    private final int shift;
    private final double unitWeights;
    private int buckets; // that are not empty
    private long[] first; // key that a bucket begins with
    private long[] below; // units in lower buckets
    private double[] above; // sum of squares in higher buckets
    private double[] least; // bounds of the scores in a bucket
    private double[] most;

    /** @param weights how many weights the units have together */
    LampSurvey(UnitKeys keys, long weights) {
        this.keys = keys;
        this.unitWeights = (double) weights / keys.units();
        // 31-bit keys have 8 bits of exponent, 63-bit keys 11: three bits more for buckets of the same width.
        int wanted = Long.SIZE - Long.numberOfLeadingZeros(keys.units()) - 6 + (keys.keyBits() == 31 ? 0 : 3);
        int bits = Math.clamp(wanted, 12, 16);
        this.shift = keys.keyBits() - bits;
        var counts = new long[1 << bits];
        var squares = new double[1 << bits];
        count(counts, squares);
        buckets = (int) Arrays.stream(counts).filter(count -> count > 0).count();
        first = new long[buckets];
        below = new long[buckets + 1];
        above = new double[buckets];
        least = new double[buckets];
        most = new double[buckets];
        bound(counts, squares);
    }

    private void count(long[] counts, double[] squares) {
        var scratch = new Scratch();
        var piece = new long[keys.pieceUnits()];
        for (int p = 0; p < keys.pieces(); p++) {
            int n = keys.read(p, piece, scratch);
            for (int i = 0; i < n; i++) {
                if (piece[i] >= keys.infinity()) {
                    throw keys.nonFinite();
                }
                int bucket = (int) (piece[i] >>> shift);
                counts[bucket]++;
                squares[bucket] += square(piece[i]);
                if (squares[bucket] == Double.POSITIVE_INFINITY) {
                    throw keys.nonFinite();
                }
            }
        }
    }

    private void bound(long[] counts, double[] squares) {
        int b = 0;
        for (int bucket = 0; bucket < counts.length; bucket++) {
            if (counts[bucket] > 0) {
                first[b] = (long) bucket << shift;
                below[b + 1] = below[b] + counts[bucket];
                b++;
            }
        }
        double sum = 0;
        for (b = buckets - 1; b >= 0; b--) {
            above[b] = sum;
            double own = squares[(int) (first[b] >>> shift)];
            double low = square(first[b]);
            double high = square(Math.min(first[b] + (1L << shift) - 1, keys.infinity() - 1));
            // Zeros score 0 whatever is left; in the top bucket nothing may be left but the unit itself.
            least[b] = low == 0 ? 0 : low / (sum + own) * (1 - SLACK);
            most[b] = high == 0 ? 0 : (1 + SLACK) / (1 + sum / high);
            sum += own;
        }
    }

    private double square(long key) {
        double value = keys.keyBits() == 31 ? Float.intBitsToFloat((int) key) : Double.longBitsToDouble(key);
        return value * value;
    }

    long units() {
        return below[buckets];
    }

    double unitWeights() {
        return unitWeights;
    }

    /** Returns no fewer weights than score below {@code score}. */
    double mostBelow(double score) {
        return below[lowerBound(least, score)] * unitWeights;
    }

    /** Returns no more weights than score below {@code score}. */
    double fewestBelow(double score) {
        return below[lowerBound(most, score)] * unitWeights;
    }

    /** Returns how many units score below {@code from} for certain. */
    long certainlyBelow(double from) {
        return below[lowerBound(most, from)];
    }

    /**
     * Returns the LAMP scores, rising, of the units that may score between the bounds, as keys of 63 bits. The unit that
     * scores highest in the whole weight is never among them: it stays.
     */
    ArrayKeys between(double from, double to) {
        int begin = lowerBound(most, from);
        int end = begin;
        while (end < buckets && least[end] <= to) {
            end++;
        }
        if (end == begin) {
            return new ArrayKeys(keys, new long[0], 0, 63);
        }
        var found = collect(begin, end);
        double sum = above[end - 1];
        for (int i = found.length - 1; i >= 0; i--) {
            double square = square(found[i]);
            sum += square;
            found[i] = Double.doubleToRawLongBits(square == 0 ? 0 : square / sum);
        }
        return new ArrayKeys(keys, found, end == buckets ? found.length - 1 : found.length, 63);
    }

    private long[] collect(int begin, int end) {
        long low = first[begin];
        long high = first[end - 1] + (1L << shift) - 1;
        var found = new long[Math.toIntExact(below[end] - below[begin])];
        int count = 0;
        var scratch = new Scratch();
        var piece = new long[keys.pieceUnits()];
        for (int p = 0; p < keys.pieces(); p++) {
            int n = keys.read(p, piece, scratch);
            for (int i = 0; i < n; i++) {
                if (piece[i] >= low && piece[i] <= high) {
                    found[count++] = piece[i];
                }
            }
        }
        Arrays.sort(found);
        return found;
    }

    /** Returns how many of the rising values are below {@code value}. */
    private static int lowerBound(double[] values, double value) {
        int low = 0;
        int high = values.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (values[middle] < value) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
