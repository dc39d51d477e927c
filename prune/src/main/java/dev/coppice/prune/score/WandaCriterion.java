package dev.coppice.prune.score;

import java.util.Set;

/**
 * Magnitude times the norm of the input that a weight multiplies: {@code |w| * ||x||} for a weight, over a unit the root mean
 * square (Sun et al. 2024, A Simple and Effective Pruning Approach for Large Language Models, equation 1). The paper compares the
 * weights of each output with one another: {@code row-uniform}. Norms are root mean squares, which order like norms. Whole channels,
 * heads and branches are scored by their {@linkplain Evidence#CONTRIBUTION contribution}.
 */
public record WandaCriterion() implements Criterion {

    @Override
    public String label() {
        return "wanda";
    }

    @Override
    public String paper() {
        return "Sun et al. 2024, section 3";
    }

    @Override
    public Set<Evidence> needs() {
        return Set.of(Evidence.INPUT_NORM);
    }

    @Override
    public Set<Evidence> needs(UnitKind kind) {
        return kind.isStructure() ? Set.of(Evidence.CONTRIBUTION) : needs();
    }

    @Override
    public String allocation() {
        return "row-uniform";
    }

    @Override
    public double score(Unit unit) {
        if (unit.size() == 0) {
            return unit.evidence(Evidence.CONTRIBUTION);
        }
        return Math.sqrt(unit.mean(i -> {
            double product = unit.weight(i) * unit.evidence(Evidence.INPUT_NORM, i);
            return product * product;
        }));
    }
}
