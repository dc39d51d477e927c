package dev.coppice.prune.score;

import java.util.Set;

/**
 * Distance to the geometric median: the sum of the Euclidean distances between a filter and all others of its layer (He et al. 2019,
 * Filter Pruning via Geometric Median, equation 4). A filter in the midst of the others is the one that they can stand in for.
 */
public record FpgmCriterion() implements Criterion {

    @Override
    public String label() {
        return "fpgm";
    }

    @Override
    public String paper() {
        return "He et al. 2019, section 3.3";
    }

    @Override
    public Set<Evidence> needs() {
        return Set.of(Evidence.DISTANCE);
    }

    @Override
    public double score(Unit unit) {
        return unit.evidence(Evidence.DISTANCE);
    }
}
