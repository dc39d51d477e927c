package dev.coppice.prune.allocate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.coppice.ir.UsageException;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class LeastDamageTest {

    private static final List<Double> PLACES = List.of(0.1, 0.3, 0.5, 0.7, 0.9);

    static IntStream seeds() {
        return IntStream.range(0, 50);
    }

    private static DamageCurve curve(SplittableRandom random) {
        return DamageCurve.fit(
                PLACES, random.doubles(PLACES.size(), -0.2, 1).boxed().toList());
    }

    /** Tries every combination of levels. */
    private static double leastByTrying(int[][] gains, double[][] costs, int layer, int missing) {
        if (layer == gains.length) {
            return missing <= 0 ? 0 : Double.POSITIVE_INFINITY;
        }
        double least = Double.POSITIVE_INFINITY;
        for (int level = 0; level < gains[layer].length; level++) {
            least = Math.min(
                    least, costs[layer][level] + leastByTrying(gains, costs, layer + 1, missing - gains[layer][level]));
        }
        return least;
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void noOtherChoiceOfLevelsCostsLess(int seed) {
        var random = new SplittableRandom(seed);
        var gains = new int[4][];
        var costs = new double[4][];
        int most = 0;
        for (int layer = 0; layer < gains.length; layer++) {
            gains[layer] = random.ints(5, 0, 12).sorted().toArray();
            gains[layer][0] = 0;
            costs[layer] = random.doubles(5, 0, 1).toArray(); // neither rising nor convex
            most += gains[layer][4];
        }
        int target = most * 2 / 3;
        var chosen = LeastDamage.choose(gains, costs, target);
        double cost =
                IntStream.range(0, 4).mapToDouble(i -> costs[i][chosen[i]]).sum();
        int gain = IntStream.range(0, 4).map(i -> gains[i][chosen[i]]).sum();
        assertThat(gain).isGreaterThanOrEqualTo(target);
        assertThat(cost).isCloseTo(leastByTrying(gains, costs, 0, target), within(1e-12));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 999, 54_321, 123_456_789})
    void theCountsMakeUpTheTotalExactly(long total) {
        var random = new SplittableRandom(total);
        var curves = IntStream.range(0, 6).mapToObj(_ -> curve(random)).toList();
        var sizes = new long[] {17, 4_096, 60_000, 999_983, 30_000_001, 140_000_000};
        var counts = LeastDamage.counts(curves, sizes, total);
        assertThat(Arrays.stream(counts).sum()).isEqualTo(total);
        for (int i = 0; i < counts.length; i++) {
            assertThat(counts[i]).isBetween(0L, (long) (0.9 * sizes[i]));
        }
    }

    @Test
    void aLayerThatCostsNothingGivesBeforeOneThatDoes() {
        var free = DamageCurve.fit(PLACES, List.of(0.0, 0.0, 0.0, 0.0, 0.0));
        var dear = DamageCurve.fit(PLACES, List.of(0.1, 0.3, 0.5, 0.7, 0.9));
        assertThat(LeastDamage.counts(List.of(dear, free), new long[] {1000, 1000}, 900))
                .containsExactly(0, 900);
    }

    /** What rounding to steps of the budget leaves over goes where a weight costs least, though the other layer's level is smaller. */
    @Test
    void theRestIsTakenWhereAWeightCostsLeast() {
        var dear = DamageCurve.fit(List.of(0.9), List.of(0.09)); // .001 a weight
        var cheap = DamageCurve.fit(List.of(0.9), List.of(900.0)); // .0001 a weight
        assertThat(LeastDamage.counts(List.of(dear, cheap), new long[] {100, 10_000_000}, 4_500_100))
                .containsExactly(0, 4_500_100);
        assertThat(LeastDamage.counts(List.of(cheap, dear), new long[] {10_000_000, 100}, 4_500_100))
                .containsExactly(4_500_100, 0);
    }

    /** One layer has nearly no damage at .9 but much at half of that: a rule of smallest steps would never get there. */
    @Test
    void aStepThatIsDearAtFirstIsTakenWhenItsEndIsCheap() {
        var steep = DamageCurve.fit(List.of(0.1, 0.9), List.of(0.3, 0.3));
        var even = DamageCurve.fit(List.of(0.9), List.of(0.9));
        assertThat(LeastDamage.counts(List.of(steep, even), new long[] {1000, 1000}, 900))
                .containsExactly(900, 0);
    }

    @Test
    void whatTheCurvesDoNotReachIsRefused() {
        var curve = DamageCurve.fit(PLACES, PLACES);
        assertThatThrownBy(() -> LeastDamage.counts(List.of(curve), new long[] {1000}, 901))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("900 in all, not 901");
    }

    @Test
    void noisyMeasurementsArePooledToARisingCurve() {
        var fitted = DamageCurve.fit(PLACES, List.of(-0.1, 0.3, 0.1, 0.5, 0.45));
        assertThat(fitted.damages()).hasSize(6);
        for (int i = 0; i < 6; i++) {
            assertThat(fitted.damages().get(i))
                    .isCloseTo(List.of(0.0, 0.0, 0.2, 0.2, 0.475, 0.475).get(i), within(1e-12));
        }
        assertThat(fitted.at(0.2)).isCloseTo(0.1, within(1e-12));
    }

    @Test
    void aRuinedModelEndsTheCurve() {
        var fitted = DamageCurve.fit(PLACES, List.of(0.1, 0.2, 0.3, Double.NaN, 0.1));
        assertThat(fitted.most()).isEqualTo(0.5);
    }
}
