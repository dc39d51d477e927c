package dev.coppice.prune.score;

/** A criterion bound to one weight matrix. Thread-safe. */
@FunctionalInterface
public interface Scorer {

    /**
     * Scores one unit; what scores lowest is pruned first. A unit of zeros scores 0.
     *
     * @param weights the unit's weights in {@code [0, count)}, row by row
     * @param unit the unit's number; for single weights their index in the stored tensor
     */
    double score(double[] weights, int count, long unit);
}
