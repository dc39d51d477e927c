package dev.coppice.prune.score;

/** Scores units as the machinery does, one by one. */
public final class TestUnits {

    private TestUnits() {}

    /** Returns the score of some weights as unit {@code number} of a layer. */
    public static double score(Criterion criterion, String layer, long seed, double[] weights, long number) {
        var unit = new Unit(layer, seed, weights.clone());
        unit.become(number, weights.length);
        return Scorer.judge(unit, criterion);
    }
}
