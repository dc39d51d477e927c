package dev.coppice.prune.score;

/**
 * Mean magnitude: {@code sum |w| / n} over the unit. The mean orders units of one size like the sum (Li et al. 2017, Pruning
 * Filters for Efficient ConvNets, section 3.1), and makes units of different sizes comparable. For single weights it is
 * magnitude pruning (Han et al. 2015, Learning both Weights and Connections).
 */
public record L1Criterion() implements Criterion {

    @Override
    public String label() {
        return "l1";
    }

    @Override
    public String paper() {
        return "Han et al. 2015; Li et al. 2017";
    }

    @Override
    public boolean ranksWeightsByMagnitude() {
        return true;
    }

    @Override
    public double score(Unit unit) {
        return unit.mean(i -> Math.abs(unit.weight(i)));
    }
}
