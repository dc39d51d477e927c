package dev.coppice.prune.score;

import java.util.Set;

/**
 * First-order Taylor expansion of the loss: {@code (g w)^2}, averaged over small batches, for a unit over its weights, too (Molchanov et
 * al. 2019, Importance Estimation for Neural Network Pruning, equations 8 and 9).
 */
public record TaylorCriterion() implements Criterion {

    @Override
    public String label() {
        return "taylor";
    }

    @Override
    public String paper() {
        return "Molchanov et al. 2019, section 3.1";
    }

    @Override
    public Set<Evidence> needs() {
        return Set.of(Evidence.SQUARED_BATCH_GRADIENT);
    }

    @Override
    public boolean isAbsolute() {
        return true;
    }

    @Override
    public double score(Unit unit) {
        return unit.mean(i -> unit.weight(i) * unit.weight(i) * unit.evidence(Evidence.SQUARED_BATCH_GRADIENT, i));
    }
}
