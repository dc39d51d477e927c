package dev.coppice.prune.score;

/**
 * Root mean square: {@code sqrt(sum w^2 / n)} over the unit, the group norm divided by the root of the unit's size (Fang et
 * al. 2023, DepGraph, section 3.3) so that units of different sizes are comparable. For single weights it orders like l1.
 */
public record L2Criterion() implements Criterion {

    @Override
    public String label() {
        return "l2";
    }

    @Override
    public String paper() {
        return "Han et al. 2015; Fang et al. 2023";
    }

    @Override
    public boolean ranksWeightsByMagnitude() {
        return true;
    }

    @Override
    public double score(Unit unit) {
        return Math.sqrt(unit.mean(i -> unit.weight(i) * unit.weight(i)));
    }
}
