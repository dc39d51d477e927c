package dev.coppice.pipeline.evidence;

import dev.coppice.prune.quantize.ActivationRange;

/** Searches the range of least mean square error: all of the values' range shrunk evenly first, then each end by itself. */
final class LeastSquaresRange {

    private static final int LEVELS = 255;
    private static final int STEPS = 100;

    private final long[] counts;
    private final double[] middles;

    private LeastSquaresRange(ActivationHistogram histogram) {
        counts = histogram.counts();
        middles = new double[counts.length];
        for (int i = 0; i < counts.length; i++) {
            middles[i] = histogram.middle(i);
        }
    }

    static ActivationRange of(ActivationHistogram histogram) {
        var search = new LeastSquaresRange(histogram);
        double min = Math.min(0, histogram.min());
        double max = Math.max(0, histogram.max());
        double low = min;
        double high = max;
        double least = search.error(min, max);
        for (int pass = 0; pass < 3; pass++) {
            double fixedLow = low;
            double fixedHigh = high;
            for (int step = STEPS / 5; step < STEPS; step++) {
                double share = (double) step / STEPS;
                double triedLow = pass == 1 ? fixedLow : min * share;
                double triedHigh = pass == 2 ? fixedHigh : max * share;
                double error = search.error(triedLow, triedHigh);
                if (error < least) {
                    least = error;
                    low = triedLow;
                    high = triedHigh;
                }
            }
        }
        return new ActivationRange((float) low, (float) high);
    }

    /** Returns the sum of squared differences between the values and their codes. */
    private double error(double low, double high) {
        double scale = (high - low) / LEVELS;
        if (!(scale > 0)) {
            return Double.POSITIVE_INFINITY;
        }
        double zero = Math.rint(-low / scale);
        double sum = 0;
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] > 0) {
                double code = Math.clamp(Math.rint(middles[i] / scale) + zero, 0, LEVELS);
                double difference = middles[i] - scale * (code - zero);
                sum += counts[i] * difference * difference;
            }
        }
        return sum;
    }
}
