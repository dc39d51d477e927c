package dev.coppice.prune.score;

import java.util.Set;

/** Root mean square of an output's activations, which orders like their norm. */
public record ActivationNormCriterion() implements Criterion {

    @Override
    public String label() {
        return "activation-norm";
    }

    @Override
    public String paper() {
        return "Molchanov et al. 2017, section 2.2";
    }

    @Override
    public Set<Evidence> needs() {
        return Set.of(Evidence.OUTPUT_NORM);
    }

    @Override
    public double score(Unit unit) {
        return unit.evidence(Evidence.OUTPUT_NORM);
    }
}
