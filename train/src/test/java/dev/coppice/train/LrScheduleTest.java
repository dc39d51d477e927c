package dev.coppice.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.coppice.train.LrSchedule.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LrScheduleTest {

    private static final int STEPS = 1000;

    @ParameterizedTest
    @EnumSource(Kind.class)
    void theFactorStaysBetweenNothingAndThePeak(Kind kind) {
        var schedule = LrSchedule.of(kind);
        for (int step = 0; step < STEPS; step++) {
            assertThat(schedule.factor(step, STEPS)).isPositive().isLessThanOrEqualTo(1);
        }
    }

    @Test
    void oneCycleRisesForATenthAndFallsToNearlyNothing() {
        var schedule = LrSchedule.of(Kind.ONE_CYCLE);
        assertThat(schedule.factor(0, STEPS)).isLessThan(0.01);
        assertThat(schedule.factor(99, STEPS)).isCloseTo(1, within(1e-9));
        assertThat(schedule.factor(550, STEPS)).isCloseTo(0.5, within(0.01));
        assertThat(schedule.factor(STEPS - 1, STEPS)).isLessThan(0.002);
    }

    @Test
    void stepFallsTwiceByTen() {
        var schedule = LrSchedule.of(Kind.STEP);
        assertThat(schedule.factor(499, STEPS)).isEqualTo(1);
        assertThat(schedule.factor(500, STEPS)).isEqualTo(0.1);
        assertThat(schedule.factor(750, STEPS)).isEqualTo(0.01);
    }

    @Test
    void rewoundReplaysTheSecondHalf() {
        var schedule = LrSchedule.of(Kind.REWOUND);
        assertThat(schedule.factor(0, STEPS)).isEqualTo(0.1);
        assertThat(schedule.factor(500, STEPS)).isEqualTo(0.01);
    }

    @Test
    void cyclicRestartsAtThePeak() {
        var schedule = new LrSchedule(Kind.CYCLIC, 0, 4);
        for (int restart : new int[] {0, 250, 500, 750}) {
            assertThat(schedule.factor(restart, STEPS)).isCloseTo(1, within(1e-9));
            assertThat(schedule.factor(restart + 249, STEPS)).isLessThan(0.01);
        }
    }

    @Test
    void warmUpRisesLinearly() {
        var schedule = new LrSchedule(Kind.CONSTANT, 0.1, 1);
        assertThat(schedule.factor(49, STEPS)).isCloseTo(0.5, within(1e-9));
        assertThat(schedule.factor(100, STEPS)).isEqualTo(1);
    }
}
