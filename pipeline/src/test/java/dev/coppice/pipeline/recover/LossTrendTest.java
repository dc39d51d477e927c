package dev.coppice.pipeline.recover;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.LongToDoubleFunction;
import org.junit.jupiter.api.Test;

class LossTrendTest {

    private static final double RATE = 0.1;

    private static LossTrend of(long steps, long from, LongToDoubleFunction loss) {
        var trend = new LossTrend(steps);
        for (long step = from; step < steps; step++) {
            trend.add(step, loss.applyAsDouble(step));
        }
        return trend;
    }

    @Test
    void aTenthIsComparedWithATenth() {
        var rose = of(200, 0, step -> step < 20 ? 1 : step < 180 ? 0.1 : 2);
        assertThat(rose.rise(RATE))
                .hasValue("training made it worse: the mean loss rose from 1.000 (first 20 steps) to 2.000 (last 20); "
                        + "a lower --lr than 0.1 helps");
        assertThat(of(200, 0, step -> step < 20 ? 1 : step < 180 ? 9 : 1.2).rise(RATE))
                .as("a bump on the way is no harm")
                .isEmpty();
        assertThat(of(200, 0, step -> 1.0 / (1 + step)).rise(RATE)).isEmpty();
    }

    @Test
    void itGoesOnFromItsState() {
        for (long stop : new long[] {0, 7, 20, 100, 190, 200}) {
            var trend = new LossTrend(200);
            for (long step = 0; step < 200; step++) {
                trend = step == stop ? LossTrend.of(200, trend.state()) : trend;
                trend.add(step, 1.0 / 3 + step * 0.1);
            }
            assertThat(trend.rise(RATE))
                    .isPresent()
                    .isEqualTo(of(200, 0, step -> 1.0 / 3 + step * 0.1).rise(RATE));
        }
    }

    @Test
    void whatWasSeenInPartOnlyTellsNothing() {
        assertThat(of(200, 10, step -> step).rise(RATE)).as("resumed").isEmpty();
        assertThat(of(9, 0, step -> step + 1).rise(RATE)).as("too short").isEmpty();
        assertThat(of(10, 0, step -> step + 1).rise(RATE)).isPresent();
    }
}
