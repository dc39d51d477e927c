package dev.coppice.pipeline.report;

import java.util.List;

/**
 * How a model's quality falls as it is pruned.
 *
 * @param metric what is measured, such as {@code top1}
 * @param points in order of sparsity, the first one the model before pruning
 * @param chosen the index of the point that the report is about
 * @param untrained the same without training after pruning, to be drawn beside; may be empty
 */
public record QualityCurve(String metric, List<Point> points, int chosen, List<Point> untrained) {

    /** The quality at one sparsity in [0,1]. */
    public record Point(double sparsity, double quality) {}

    public QualityCurve {
        points = List.copyOf(points);
        untrained = List.copyOf(untrained);
        if (chosen < 0 || chosen >= points.size()) {
            throw new IllegalArgumentException("point " + chosen + " of " + points.size());
        }
    }
}
