package dev.coppice.prune.score;

import java.util.Set;

/** Mean magnitude of an output's activations (Molchanov et al. 2017, Pruning Convolutional Neural Networks, "activation"). */
public record ActivationMeanCriterion() implements Criterion {

    @Override
    public String label() {
        return "activation-mean";
    }

    @Override
    public String paper() {
        return "Molchanov et al. 2017, section 2.2";
    }

    @Override
    public Set<Evidence> needs() {
        return Set.of(Evidence.OUTPUT_MEAN);
    }

    @Override
    public double score(Unit unit) {
        return unit.evidence(Evidence.OUTPUT_MEAN);
    }
}
