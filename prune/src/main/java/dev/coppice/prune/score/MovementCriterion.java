package dev.coppice.prune.score;

import java.util.Set;

/**
 * Movement: {@code -w g}, high where a step against the gradient makes a weight grow (Sanh et al. 2020, Movement Pruning, section 4). The
 * paper adds it up while it fine-tunes; here it is the mean over the calibration data at the weights as they are:
 * the paper's first steps.
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
        return Set.of(Evidence.GRADIENT);
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
        double sum = 0;
        for (int i = 0; i < unit.size(); i++) {
            sum -= unit.weight(i) * unit.evidence(Evidence.GRADIENT, i);
        }
        return sum / unit.size();
    }
}
