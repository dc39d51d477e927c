package dev.coppice.pipeline.recover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RateTrialTest {

    /** Returns the rate that is chosen, starting from 1, when trials at ever smaller rates end with these losses. */
    private static double chosen(double before, double... losses) {
        var left = new ArrayList<Double>();
        for (double loss : losses) {
            left.add(loss);
        }
        return RateTrial.choose(1, before, _ -> left.removeFirst());
    }

    @Test
    void aRateThatHelpsStaysUnlessASmallerOneHelpsClearlyMore() {
        assertThat(chosen(2, 1.0, 0.9)).isEqualTo(1);
        assertThat(chosen(2, 1.0, 0.5, 0.6)).isEqualTo(0.2);
        assertThat(chosen(1, 1.05, 1.0)).isEqualTo(1);
    }

    @Test
    void aRateThatDoesHarmIsLowered() {
        double infinite = Double.POSITIVE_INFINITY;
        assertThat(chosen(1.3, infinite, infinite, 1.4, 1.3)).isCloseTo(0.04, within(1e-12));
        assertThat(chosen(1, 1.6, 1.55, 0.9, 0.95)).isCloseTo(0.04, within(1e-12));
        assertThat(chosen(2.8, 4.1, 3.8, 2.6, 2.7)).isCloseTo(0.04, within(1e-12)); // ruined by both
        assertThat(chosen(0.1, 2.3, 2.3, 2.3, 2.3, 2.3, 2.3)).isCloseTo(Math.pow(5, -5), within(1e-12));
    }

    @Test
    void noMoreIsTriedThanIsNeeded() {
        var tried = new ArrayList<Double>();
        RateTrial.choose(1, 2, rate -> {
            tried.add(rate);
            return 1;
        });
        assertThat(tried).isEqualTo(List.of(1.0, 0.2));
    }
}
