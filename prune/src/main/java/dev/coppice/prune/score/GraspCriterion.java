package dev.coppice.prune.score;

import java.util.Set;

/**
 * Keeps what feeds the flow of gradients: {@code w * (H g)}, by which removing a weight would change the squared norm of the gradient. The
 * paper (Wang et al. 2020, GraSP, section 4) prunes the highest {@code -w * (H g)} before training; the sign is turned here so that, as
 * everywhere, the lowest goes.
 */
public record GraspCriterion() implements Criterion {

    @Override
    public String label() {
        return "grasp";
    }

    @Override
    public String paper() {
        return "Wang et al. 2020, equation 8";
    }

    @Override
    public Set<Evidence> needs() {
        return Set.of(Evidence.HESSIAN_GRADIENT);
    }

    @Override
    public boolean isAbsolute() {
        return true;
    }

    @Override
    public boolean isSigned() {
        return true;
    }

    @Override
    public double score(Unit unit) {
        return unit.mean(i -> unit.weight(i) * unit.evidence(Evidence.HESSIAN_GRADIENT, i));
    }
}
