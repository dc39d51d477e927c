package dev.coppice.prune.score;

import java.util.Set;

/**
 * One minus the average percentage of zeros among an output's activations (Hu et al. 2016, Network Trimming, section 3): an output that is
 * always zero scores 0, and can go without a trace.
 */
public record ApozCriterion() implements Criterion {

    @Override
    public String label() {
        return "apoz";
    }

    @Override
    public String paper() {
        return "Hu et al. 2016, equation 1";
    }

    @Override
    public Set<Evidence> needs() {
        return Set.of(Evidence.ZERO_SHARE);
    }

    @Override
    public boolean isAbsolute() {
        return true;
    }

    @Override
    public double score(Unit unit) {
        return 1 - unit.evidence(Evidence.ZERO_SHARE);
    }
}
