package dev.coppice.prune.score;

import java.util.Set;

/**
 * Magnitude of the scale by which BatchNormalization multiplies a channel (Liu et al. 2017, Network Slimming). It tells most after training
 * with an L1 penalty on the scales.
 */
public record BnScaleCriterion() implements Criterion {

    @Override
    public String label() {
        return "bn-scale";
    }

    @Override
    public String paper() {
        return "Liu et al. 2017, section 3";
    }

    @Override
    public Set<Evidence> needs() {
        return Set.of(Evidence.CHANNEL_SCALE);
    }

    @Override
    public boolean isAbsolute() {
        return true;
    }

    @Override
    public double score(Unit unit) {
        return unit.evidence(Evidence.CHANNEL_SCALE);
    }
}
