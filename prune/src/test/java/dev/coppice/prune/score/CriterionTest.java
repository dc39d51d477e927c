package dev.coppice.prune.score;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.DoubleStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class CriterionTest {

    private static double score(String criterion, double... weights) {
        return Scorer.judge(Unit.of(weights), Criteria.named(criterion));
    }

    @Test
    void l1IsTheMeanMagnitude() {
        assertThat(score("l1", 1, -2, 6)).isEqualTo(3);
    }

    @Test
    void l2IsTheRootMeanSquare() {
        assertThat(score("l2", 3, -4, 0, 0)).isEqualTo(2.5);
    }

    @Test
    void zerosScoreLowestByEveryCriterion() {
        for (var criterion : Criteria.all()) {
            assertThat(score(criterion.label(), 0, -0.0))
                    .as(criterion.label())
                    .isEqualTo(criterion.isSigned() ? -Double.MAX_VALUE : 0);
        }
    }

    @Test
    void randomIsUniformAndDependsOnSeedWeightAndUnit() {
        var draws = LongStream.range(0, 100_000)
                .mapToDouble(unit -> random("w", 1, unit))
                .toArray();
        assertThat(DoubleStream.of(draws).average().orElseThrow()).isBetween(0.495, 0.505);
        assertThat(DoubleStream.of(draws).filter(draw -> draw < 0.1).count()).isBetween(9_500L, 10_500L);
        assertThat(DoubleStream.of(draws).distinct().count()).isEqualTo(draws.length);
        assertThat(random("w", 1, 7)).isEqualTo(draws[7]);
        assertThat(random("w", 2, 7)).isNotEqualTo(draws[7]);
        assertThat(random("v", 1, 7)).isNotEqualTo(draws[7]);
    }

    private static double random(String layer, long seed, long number) {
        var unit = new Unit(layer, seed, new double[] {5});
        unit.become(number, 1);
        return Criteria.named("random").score(unit);
    }
}
