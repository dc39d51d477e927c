package dev.coppice.prune.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.coppice.ir.UsageException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ScheduleTest {

    @ParameterizedTest
    @EnumSource(Schedule.class)
    void sparsityRisesAndEndsExactlyAtTheTarget(Schedule schedule) {
        var sparsities = schedule.sparsities(0.9, schedule == Schedule.ONE_SHOT ? 1 : 7);
        assertThat(sparsities).isSorted().doesNotHaveDuplicates();
        assertThat(sparsities.getFirst()).isPositive();
        assertThat(sparsities.getLast()).isEqualTo(0.9);
    }

    @Test
    void cubicStepsBecomeSmaller() {
        assertThat(Schedule.CUBIC.sparsities(0.8, 2)).isEqualTo(List.of(0.8 * (1 - 0.125), 0.8));
    }

    @Test
    void geometricPrunesTheSameShareOfWhatIsLeft() {
        var sparsities = Schedule.GEOMETRIC.sparsities(0.488, 3);
        assertThat(sparsities.get(0)).isCloseTo(0.2, within(1e-9));
        assertThat(sparsities.get(1)).isCloseTo(0.36, within(1e-9));
    }

    @Test
    void oneShotInSeveralStepsIsRefused() {
        assertThatThrownBy(() -> Schedule.ONE_SHOT.sparsities(0.5, 2)).isInstanceOf(UsageException.class);
        assertThatThrownBy(() -> Schedule.LINEAR.sparsities(0.5, 0)).isInstanceOf(UsageException.class);
        assertThatThrownBy(() -> Schedule.named("square")).hasMessageContaining("square");
    }
}
