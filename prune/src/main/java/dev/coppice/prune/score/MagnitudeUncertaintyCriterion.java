package dev.coppice.prune.score;

import java.util.Set;

/**
 * Magnitude over uncertainty, {@code |w| / (s + lambda)}: Wald's statistic for the hypothesis that a weight is zero, smoothed;
 * {@code s} is estimated from the updates that training makes (Ko et al. 2019, Magnitude and Uncertainty Pruning Criterion for Neural
 * Networks, arXiv 1912.04845). Here {@code lambda} is the root mean square of the tensor's {@code s}, so that a layer that is scaled,
 * its updates alike, keeps its scores. Over a unit their mean.
 */
public record MagnitudeUncertaintyCriterion() implements Criterion {

    @Override
    public String label() {
        return "magnitude-uncertainty";
    }

    @Override
    public String paper() {
        return "Ko et al. 2019";
    }

    @Override
    public Set<Evidence> needs() {
        return Set.of(Evidence.UNCERTAINTY);
    }

    @Override
    public double score(Unit unit) {
        return unit.mean(i -> Math.abs(unit.weight(i)) / unit.evidence(Evidence.UNCERTAINTY, i));
    }
}
