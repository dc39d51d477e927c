package dev.coppice.prune.score;

import java.util.Set;

/**
 * Second-order estimate of the rise of the loss, the Hessian replaced by the diagonal of the empirical Fisher information:
 * {@code w^2 / 2} times the mean square of the gradients of single samples (Theis et al. 2018, Faster Gaze Prediction With Dense Networks
 * and Fisher Pruning, equation 7).
 */
public record FisherCriterion() implements Criterion {

    @Override
    public String label() {
        return "fisher";
    }

    @Override
    public String paper() {
        return "Theis et al. 2018, section 2";
    }

    @Override
    public Set<Evidence> needs() {
        return Set.of(Evidence.SQUARED_SAMPLE_GRADIENT);
    }

    @Override
    public boolean isAbsolute() {
        return true;
    }

    @Override
    public double score(Unit unit) {
        return unit.mean(i -> unit.weight(i) * unit.weight(i) * unit.evidence(Evidence.SQUARED_SAMPLE_GRADIENT, i) / 2);
    }
}
