package dev.coppice.prune.allocate;

import dev.coppice.ir.host.Parallel;
import dev.coppice.prune.score.UnitKeys;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoublePredicate;
import java.util.stream.IntStream;

/**
 * Layer-adaptive magnitude-based pruning (Lee et al. 2021, section 3.1): a unit's score is its square over the sum of the squares
 * of all units of its weight that do not rank lower, and the lowest of all weights go. In a weight this keeps the order, so the
 * rule only decides how many units each weight loses. The highest unit of a weight scores 1 and always stays.
 *
 * <p>Nothing is sorted but the units near the threshold: a histogram of each weight bounds where it can be.
 */
public final class Lamp {

    private Lamp() {}

    /**
     * Returns how many units each weight of the pool loses.
     *
     * @param sizes how many weights there are in each weight matrix
     * @param weights how many weights to prune in all; less are if every matrix is down to its last unit
     */
    public static long[] counts(List<UnitKeys> pool, long[] sizes, long weights, Parallel parallel) {
        var keys = CachedKeys.of(pool, parallel);
        var surveys = new LampSurvey[keys.size()];
        parallel.forEach(surveys.length, () -> i -> surveys[i] = new LampSurvey(keys.get(i), sizes[i]));
        double most = Arrays.stream(surveys)
                .mapToDouble(survey -> (survey.units() - 1) * survey.unitWeights())
                .sum();
        double budget = Math.min((double) weights, most);
        // No more than the budget scores below `from`, no less below or at `to`: the threshold lies between.
        double from = greatest(score -> sum(surveys, s -> s.mostBelow(score)) <= budget);
        double to = Math.nextUp(greatest(score -> sum(surveys, s -> s.fewestBelow(score)) < budget));
        var candidates = new UnitKeys[surveys.length];
        parallel.forEach(surveys.length, () -> i -> candidates[i] = surveys[i].between(from, to));
        var counts = Arrays.stream(surveys)
                .mapToLong(survey -> survey.certainlyBelow(from))
                .toArray();
        double sure = IntStream.range(0, counts.length)
                .mapToDouble(i -> counts[i] * surveys[i].unitWeights())
                .sum();
        var open = List.of(candidates);
        long missing = Math.min(
                Math.round(budget - sure),
                open.stream().mapToLong(units -> units.units() * units.size(0)).sum());
        var masks = LowestUnits.masksOfWeights(open, missing, false, parallel);
        for (int i = 0; i < counts.length; i++) {
            counts[i] += masks.get(i).count();
        }
        return counts;
    }

    private interface Bound {
        double of(LampSurvey survey);
    }

    private static double sum(LampSurvey[] surveys, Bound bound) {
        double sum = 0;
        for (var survey : surveys) {
            sum += bound.of(survey);
        }
        return sum;
    }

    /** Returns the greatest score, at most 2, of which the condition holds; it holds of 0 and up to some score. */
    private static double greatest(DoublePredicate condition) {
        long low = 0;
        long high = Double.doubleToRawLongBits(2) + 1;
        while (low + 1 < high) {
            long middle = (low + high) >>> 1;
            if (condition.test(Double.longBitsToDouble(middle))) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return Double.longBitsToDouble(low);
    }
}
