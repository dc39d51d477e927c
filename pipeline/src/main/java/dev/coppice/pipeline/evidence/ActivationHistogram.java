package dev.coppice.pipeline.evidence;

import java.util.Arrays;

/**
 * How often an activation takes which values: at most 4,096 bins, whose width is a power of two and whose borders are its multiples.
 * Where a value falls outside, neighbours merge until it fits. So the result depends on the values alone, not on their order.
 */
final class ActivationHistogram {

    static final int BINS = 4096;

    /** Bins are no narrower than the greatest magnitude divided by two to this, so that their numbers are small. */
    private static final int MOST_BITS = 40;

    private long[] counts = new long[BINS];
    private int exponent = Float.MIN_EXPONENT - MOST_BITS;
    private long first; // number of the bin that counts[0] stands for
    private float min = Float.POSITIVE_INFINITY;
    private float max = Float.NEGATIVE_INFINITY;
    private long total;
    private boolean finite = true;

    /** Counts {@code values[from..to)}; NaN and infinity only make the histogram {@linkplain #isFinite not finite}. */
    void add(float[] values, int from, int to) {
        float low = Float.POSITIVE_INFINITY;
        float high = Float.NEGATIVE_INFINITY;
        float sum = 0; // NaN as soon as something is not finite
        for (int i = from; i < to; i++) {
            float value = values[i];
            low = Math.min(low, value);
            high = Math.max(high, value);
            sum += value * 0;
        }
        if (sum != 0 || to <= from) {
            finite &= to <= from;
            return;
        }
        widen(Math.min(min, low), Math.max(max, high));
        double perWidth = Math.scalb(1.0, -exponent);
        for (int i = from; i < to; i++) {
            counts[(int) ((long) Math.floor(values[i] * perWidth) - first)]++;
        }
        total += to - from;
    }

    private void widen(float low, float high) {
        if (low >= min && high <= max) {
            return;
        }
        int needed = Math.max(exponent, Math.getExponent(Math.max(Math.abs(low), Math.abs(high))) - MOST_BITS);
        while (bin(high, needed) - bin(low, needed) >= BINS) {
            needed++;
        }
        var merged = new long[BINS];
        long start = bin(low, needed);
        int shift = Math.min(Long.SIZE - 1, needed - exponent);
        for (int i = 0; i < BINS; i++) {
            if (counts[i] > 0) {
                merged[(int) (((first + i) >> shift) - start)] += counts[i];
            }
        }
        counts = merged;
        first = start;
        exponent = needed;
        min = low;
        max = high;
    }

    private static long bin(float value, int exponent) {
        return (long) Math.floor(value * Math.scalb(1.0, -exponent));
    }

    long total() {
        return total;
    }

    /** Says whether all values were finite. */
    boolean isFinite() {
        return finite;
    }

    float min() {
        return min;
    }

    float max() {
        return max;
    }

    long[] counts() {
        return Arrays.copyOf(counts, BINS);
    }

    /** Returns the middle of a bin, inside the extremes. */
    double middle(int bin) {
        double middle = Math.scalb(first + bin + 0.5, exponent);
        return Math.clamp(middle, min, max);
    }

    /** Returns the value below which a share of all values lies, to the width of a bin. */
    double quantile(double share) {
        long wanted = (long) Math.ceil(share * total);
        long below = 0;
        for (int i = 0; i < BINS; i++) {
            if (below + counts[i] >= wanted && counts[i] > 0) {
                double part = Math.clamp((double) (wanted - below) / counts[i], 0, 1);
                return Math.clamp(Math.scalb(first + i + part, exponent), min, max);
            }
            below += counts[i];
        }
        return max;
    }
}
