package dev.coppice.prune.allocate;

import java.util.Arrays;

/**
 * Outlier-weighed layerwise sparsity (Yin et al. 2024, Outlier Weighed Layerwise Sparsity, section 3.3): a layer of which a larger share of
 * the products of weight and input norm stands out far above their mean keeps more of its weights.
 */
public final class Owl {

    /** How many times the mean an outlier is, at least: the paper's M. */
    public static final double OUTLIER = 5;

    /** Half of how far densities lie apart: the paper's lambda. */
    public static final double LAMBDA = 0.08;

    private Owl() {}

    /**
     * Returns the density of each layer: in even proportion to its outliers, no two further apart than twice {@code lambda}, and the
     * wanted density on average over the weights. A density that would leave [0, 1] stops there, and the others make up for it.
     *
     * @param outliers the share of outliers of each layer
     * @param sizes how many weights each has
     * @param kept how many weights stay in all
     */
    public static double[] densities(double[] outliers, long[] sizes, double kept, double lambda) {
        double low = Arrays.stream(outliers).min().orElse(0);
        double high = Arrays.stream(outliers).max().orElse(0);
        var raised = new double[outliers.length];
        for (int i = 0; i < raised.length; i++) {
            raised[i] = high > low ? 2 * lambda * (outliers[i] - low) / (high - low) : 0;
        }
        // The sum rises with the shift, so that halving finds it.
        double from = -2 - 2 * lambda;
        double to = 2;
        for (int i = 0; i < 100; i++) {
            double middle = (from + to) / 2;
            if (sum(raised, sizes, middle) < kept) {
                from = middle;
            } else {
                to = middle;
            }
        }
        var densities = new double[raised.length];
        for (int i = 0; i < densities.length; i++) {
            densities[i] = Math.clamp(raised[i] + to, 0, 1);
        }
        return densities;
    }

    private static double sum(double[] raised, long[] sizes, double shift) {
        double sum = 0;
        for (int i = 0; i < raised.length; i++) {
            sum += Math.clamp(raised[i] + shift, 0, 1) * sizes[i];
        }
        return sum;
    }
}
