package dev.coppice.pipeline.measure;

import java.util.Comparator;
import java.util.stream.IntStream;

/** Correlation coefficients of two series of equal length. */
final class Correlation {

    private Correlation() {}

    /** Returns Pearson's r; NaN when a series is constant or shorter than 2. */
    static double pearson(double[] x, double[] y) {
        double meanX = mean(x);
        double meanY = mean(y);
        double xy = 0;
        double xx = 0;
        double yy = 0;
        for (int i = 0; i < x.length; i++) {
            double dx = x[i] - meanX;
            double dy = y[i] - meanY;
            xy += dx * dy;
            xx += dx * dx;
            yy += dy * dy;
        }
        return xy / Math.sqrt(xx * yy);
    }

    /** Returns Spearman's rho: Pearson's r of the ranks, equal values sharing the mean of their ranks. */
    static double spearman(double[] x, double[] y) {
        return pearson(ranks(x), ranks(y));
    }

    static double[] ranks(double[] values) {
        var order = IntStream.range(0, values.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> values[i]))
                .toList();
        var ranks = new double[values.length];
        int from = 0;
        while (from < ranks.length) {
            int to = from;
            while (to < ranks.length && values[order.get(to)] == values[order.get(from)]) {
                to++;
            }
            // Ranks from + 1 .. to, counted from 1.
            double shared = (from + 1 + to) / 2.0;
            for (int i = from; i < to; i++) {
                ranks[order.get(i)] = shared;
            }
            from = to;
        }
        return ranks;
    }

    private static double mean(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum / values.length;
    }
}
