package dev.coppice.prune.score;

import java.util.Set;

/**
 * Movement: the sum of {@code -w g} over the steps of training, high where steps make a weight grow (Sanh et al. 2020, Movement Pruning,
 * equation 4). Over a unit the mean. As weights that have been pruned are zero and stay zero, they do not come back.
 */
public record MovementCriterion() implements Criterion {

    @Override
    public String label() {
        return "movement";
    }

    @Override
    public String paper() {
        return "Sanh et al. 2020, equation 4";
    }

    @Override
    public Set<Evidence> needs() {
        return Set.of(Evidence.MOVEMENT);
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
        return unit.mean(i -> unit.evidence(Evidence.MOVEMENT, i));
    }
}
