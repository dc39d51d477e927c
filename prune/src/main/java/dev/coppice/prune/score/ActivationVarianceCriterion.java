package dev.coppice.prune.score;

import java.util.Set;

/**
 * Variance of an output's activations: what hardly varies tells the next layer nothing that its bias could not (Polyak & Wolf 2015,
 * Channel-Level Acceleration of Deep Face Representations, inbound pruning).
 */
public record ActivationVarianceCriterion() implements Criterion {

    @Override
    public String label() {
        return "activation-variance";
    }

    @Override
    public String paper() {
        return "Polyak & Wolf 2015, section 3";
    }

    @Override
    public Set<Evidence> needs() {
        return Set.of(Evidence.OUTPUT_VARIANCE);
    }

    @Override
    public double score(Unit unit) {
        return unit.evidence(Evidence.OUTPUT_VARIANCE);
    }
}
