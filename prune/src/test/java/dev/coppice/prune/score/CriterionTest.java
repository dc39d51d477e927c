package dev.coppice.prune.score;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.DoubleStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class CriterionTest {

    private static double score(String criterion, double... weights) {
        return Criterion.named(criterion).scorer("w", 0).score(weights, weights.length, 0);
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
    void zerosScoreZeroByEveryCriterion() {
        for (var criterion : Criterion.all()) {
            assertThat(score(criterion.label(), 0, -0.0)).isZero();
            assertThat(score(criterion.label(), 0, 1e-300))
                    .as(criterion.label())
                    .isNotNegative();
        }
    }

    @Test
    void randomIsUniformAndDependsOnSeedWeightAndUnit() {
        var scorer = Criterion.named("random").scorer("w", 1);
        var draws = LongStream.range(0, 100_000)
                .mapToDouble(unit -> scorer.score(new double[] {5}, 1, unit))
                .toArray();
        assertThat(DoubleStream.of(draws).average().orElseThrow()).isBetween(0.495, 0.505);
        assertThat(DoubleStream.of(draws).filter(draw -> draw < 0.1).count()).isBetween(9_500L, 10_500L);
        assertThat(DoubleStream.of(draws).distinct().count()).isEqualTo(draws.length);
        assertThat(Criterion.named("random").scorer("w", 1).score(new double[] {9}, 1, 7))
                .isEqualTo(draws[7]);
        assertThat(Criterion.named("random").scorer("w", 2).score(new double[] {5}, 1, 7))
                .isNotEqualTo(draws[7]);
        assertThat(Criterion.named("random").scorer("v", 1).score(new double[] {5}, 1, 7))
                .isNotEqualTo(draws[7]);
    }
}
