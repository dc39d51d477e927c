package dev.coppice.prune.score;

import java.util.Optional;
import java.util.Set;

/**
 * Magnitude times the norm of the input that a weight multiplies: {@code |w| * ||x||} for a weight, over a unit the root mean
 * square (Sun et al. 2024, A Simple and Effective Pruning Approach for Large Language Models, equation 1). The paper compares the
 * weights of each output with one another: {@code row-uniform}. Norms are root mean squares, which order like norms. Whole channels,
 * heads and branches are scored by the energy that they hand on, see {@code prune.structure} and {@code prune.depth}.
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
    public String allocation() {
        return "row-uniform";
    }

    @Override
    public Optional<String> refuses(UnitKind kind) {
        return Optional.empty();
    }

    @Override
    public double score(Unit unit) {
        return Math.sqrt(unit.mean(i -> {
            double product = unit.weight(i) * unit.evidence(Evidence.INPUT_NORM, i);
            return product * product;
        }));
    }
}
