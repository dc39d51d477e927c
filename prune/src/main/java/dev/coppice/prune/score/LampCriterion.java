package dev.coppice.prune.score;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Layer-adaptive magnitude: a unit's square over the sum of the squares of all units of its layer that are not smaller (Lee et al. 2021,
 * equation 1). Within a layer this orders like {@code l2}; it is made to compare layers, by the allocation {@code global}.
 */
public record LampCriterion() implements Criterion {

    @Override
    public String label() {
        return "lamp";
    }

    @Override
    public String paper() {
        return "Lee et al. 2021, section 3.1";
    }

    @Override
    public boolean ranksWeightsByMagnitude() {
        return true;
    }

    @Override
    public boolean isLayerAdaptive() {
        return true;
    }

    @Override
    public String allocation() {
        return "global";
    }

    @Override
    public double score(Unit unit) {
        return new L2Criterion().score(unit);
    }

    /** Returns the LAMP scores of all units of a layer, given their norms; equal norms rank by index. */
    public static double[] relative(double[] norms) {
        var rising = IntStream.range(0, norms.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> norms[i]))
                .toList();
        var scores = Arrays.copyOf(norms, norms.length);
        double left = 0;
        for (int i : rising.reversed()) {
            double square = norms[i] * norms[i];
            left += square;
            scores[i] = square == 0 ? 0 : square / left;
        }
        return scores;
    }
}
