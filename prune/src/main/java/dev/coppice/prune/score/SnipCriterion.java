package dev.coppice.prune.score;

import java.util.Set;

/**
 * Connection sensitivity: {@code |g w|}, the gradient that of the mean loss over all samples (Lee et al. 2019, SNIP, section 4.1).
 * The paper prunes before training, globally.
 */
public record SnipCriterion() implements Criterion {

    @Override
    public String label() {
        return "snip";
    }

    @Override
    public String paper() {
        return "Lee et al. 2019, equation 5";
    }

    @Override
    public Set<Evidence> needs() {
        return Set.of(Evidence.GRADIENT);
    }

    @Override
    public boolean isAbsolute() {
        return true;
    }

    @Override
    public double score(Unit unit) {
        return unit.mean(i -> Math.abs(unit.weight(i) * unit.evidence(Evidence.GRADIENT, i)));
    }
}
