package dev.coppice.pipeline.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.prune.quantize.ActivationRange;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ActivationHistogramTest {

    private static float[] draw(Random random, int size, double scale) {
        var values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) (random.nextGaussian() * scale);
        }
        return values;
    }

    private static ActivationHistogram of(float[]... pieces) {
        var histogram = new ActivationHistogram();
        for (var piece : pieces) {
            histogram.add(piece, 0, piece.length);
        }
        return histogram;
    }

    private static double[] bins(ActivationHistogram histogram) {
        var counts = histogram.counts();
        var flat = new double[2 * counts.length];
        for (int i = 0; i < counts.length; i++) {
            flat[2 * i] = counts[i];
            flat[2 * i + 1] = counts[i] == 0 ? 0 : histogram.middle(i);
        }
        return flat;
    }

    @Test
    void theOrderOfValuesDoesNotMatterHoweverMuchTheRangeGrows() {
        for (int seed = 0; seed < 30; seed++) {
            var random = new Random(seed);
            var small = draw(random, 500, 1e-6);
            var large = draw(random, 500, 1000);
            var shifted = draw(random, 500, 3);
            for (int i = 0; i < shifted.length; i++) {
                shifted[i] += 50;
            }
            assertThat(bins(of(small, large, shifted))).containsExactly(bins(of(shifted, small, large)));
        }
    }

    @Test
    void everyValueIsCountedInABinThatIsNarrowAndNear() {
        for (int seed = 0; seed < 30; seed++) {
            var random = new Random(seed);
            var values = draw(random, 1000, Math.pow(10, random.nextInt(-30, 30)));
            var histogram = of(values);
            assertThat(Arrays.stream(histogram.counts()).sum()).isEqualTo(values.length);
            // Half the bins at least are in use, so none is wider than 2/4096 of the range.
            double width = 2.0 * (histogram.max() - (double) histogram.min()) / ActivationHistogram.BINS;
            Arrays.sort(values);
            int at = 0;
            for (int bin = 0; bin < ActivationHistogram.BINS; bin++) {
                for (long n = histogram.counts()[bin]; n > 0; n--) {
                    assertThat(Math.abs(values[at++] - histogram.middle(bin))).isLessThanOrEqualTo(width / 2 * 1.01);
                }
            }
        }
    }

    @Test
    void quantilesAreThoseOfTheSortedValuesToTheWidthOfABin() {
        var values = draw(new Random(1), 20_000, 2);
        var histogram = of(values);
        Arrays.sort(values);
        double width = 2.0 * (values[values.length - 1] - (double) values[0]) / ActivationHistogram.BINS;
        for (double share : new double[] {0.0001, 0.01, 0.3, 0.5, 0.99, 0.9999, 1}) {
            int rank = Math.max(0, (int) Math.ceil(share * values.length) - 1);
            assertThat(Math.abs(histogram.quantile(share) - values[rank])).isLessThanOrEqualTo(width);
        }
    }

    @Test
    void whatIsNotFiniteIsNoticed() {
        assertThat(of(new float[] {1, Float.NaN}).isFinite()).isFalse();
        assertThat(of(new float[] {1, Float.NEGATIVE_INFINITY}).isFinite()).isFalse();
        assertThat(of(new float[] {1, -Float.MAX_VALUE}, new float[0]).isFinite())
                .isTrue();
    }

    @Test
    void minMaxIsTheRangeAndPercentileLeavesOneOutlierInTwentyThousandOut() {
        var values = draw(new Random(1), 40_000, 1);
        values[17] = 1000;
        assertThat(RangeMethod.MINMAX.range(of(values)).max()).isEqualTo(1000);
        assertThat(RangeMethod.PERCENTILE.range(of(values)).max()).isLessThan(6);
    }

    private static double error(float[] values, ActivationRange range) {
        double scale = (range.max() - (double) range.min()) / 255;
        double zero = Math.rint(-range.min() / scale);
        double sum = 0;
        for (float value : values) {
            double code = Math.clamp(Math.rint(value / scale) + zero, 0, 255);
            sum += Math.pow(value - scale * (code - zero), 2);
        }
        return sum;
    }

    /** Against ranges drawn at random; the histogram's bins and the grid of the search cost some percent. */
    @Test
    void noRangeHasMuchLessSquaredErrorThanTheOneFound() {
        for (int seed = 0; seed < 10; seed++) {
            var random = new Random(seed);
            var values = draw(random, 5000, 1);
            for (int i = 0; i < values.length; i++) {
                values[i] = seed % 2 == 0 ? Math.max(0, values[i]) : values[i] * values[i] * values[i];
            }
            var histogram = of(values);
            double found = error(values, RangeMethod.MSE.range(histogram));
            assertThat(found).isLessThanOrEqualTo(1.0001 * error(values, RangeMethod.MINMAX.range(histogram)));
            for (int i = 0; i < 200; i++) {
                var other = new ActivationRange(
                        histogram.min() * random.nextFloat(), histogram.max() * (0.01f + random.nextFloat()));
                assertThat(found).isLessThan(1.05 * error(values, other));
            }
        }
    }
}
