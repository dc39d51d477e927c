package dev.coppice.prune.score;

import java.util.Set;

/**
 * Synaptic flow: {@code |w| * dR/d|w|}, R the sum of the outputs of the network with all weights replaced by their magnitudes, fed with ones
 * (Tanaka et al. 2020, section 5). What flows into a layer flows out of it: the scores of each layer have the same sum. The paper prunes
 * globally, in 100 small steps: {@code --allocate global --schedule geometric}.
 */
public record SynflowCriterion() implements Criterion {

    @Override
    public String label() {
        return "synflow";
    }

    @Override
    public String paper() {
        return "Tanaka et al. 2020, equation 2";
    }

    @Override
    public Set<Evidence> needs() {
        return Set.of(Evidence.SYNAPTIC_FLOW);
    }

    @Override
    public boolean isAbsolute() {
        return true;
    }

    @Override
    public double score(Unit unit) {
        return unit.mean(i -> Math.abs(unit.weight(i)) * unit.evidence(Evidence.SYNAPTIC_FLOW, i));
    }
}
