package dev.coppice.pipeline.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class MagnitudeHistogramTest {

    @Test
    void theShareBelowAQuantileIsTheOneAskedFor() {
        var random = new SplittableRandom(1);
        var histogram = new MagnitudeHistogram();
        var magnitudes = new float[100_000];
        for (int i = 0; i < magnitudes.length; i++) {
            float value = (float) random.nextGaussian();
            histogram.add(value);
            magnitudes[i] = Math.abs(value);
        }
        Arrays.sort(magnitudes);
        for (double share : new double[] {0.1, 0.5, 0.9, 0.99}) {
            assertThat(histogram.quantile(share))
                    .isCloseTo(
                            magnitudes[(int) (share * magnitudes.length)],
                            within(magnitudes[(int) (share * magnitudes.length)] / 200));
        }
    }

    @Test
    void nothingIsAskedOfWhatIsZeroAlready() {
        var histogram = new MagnitudeHistogram();
        for (float value : new float[] {0, -0f, 0, 5, 7}) {
            histogram.add(value);
        }
        assertThat(histogram.quantile(0.6)).isZero();
        assertThat(histogram.zeroShare()).isEqualTo(0.6);
        assertThat(histogram.quantile(0.8)).isBetween(5f, 5.1f);
    }
}
