package dev.coppice.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.coppice.ir.Elements;
import dev.coppice.ir.Model;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.train.data.TrainBatch;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Holds re-estimated statistics against mean and variance computed by hand over all samples at once. */
class BatchNormStatisticsTest {

    private static final int CHANNELS = 2;
    private static final int AREA = 4;

    private static final Model ONE = Dsl.model("""
            input x float[N,2,2,2]
            const g float[2] = 1.0 2.0
            const b float[2] = 0.5 -0.5
            const m float[2] = 9.0 9.0
            const v float[2] = 9.0 9.0
            y = BatchNormalization(x, g, b, m, v)
            output y float[N,2,2,2]
            """);

    private static TrainBatch batch(int samples, float[] values) {
        var x = TrainerTest.floats(List.of((long) samples, 2L, 2L, 2L), values);
        return new TrainBatch(Map.of("x", x), samples, Optional.empty());
    }

    private static float[] draw(int samples, long seed) {
        var random = new Random(seed);
        var values = new float[samples * CHANNELS * AREA];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * (1 + i / AREA % CHANNELS) + 3 * seed);
        }
        return values;
    }

    private static double[] constant(Model model, String name) {
        var tensor = model.graph().initializers().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow();
        var values = new double[(int) tensor.size()];
        Elements.doubles(tensor, 0, values, values.length);
        return values;
    }

    /** Returns mean and population variance of a channel over all batches. */
    private static double[] moments(int channel, float[]... batches) {
        double sum = 0;
        double squares = 0;
        long count = 0;
        for (var values : batches) {
            for (int i = 0; i < values.length; i++) {
                if (i / AREA % CHANNELS == channel) {
                    sum += values[i];
                    squares += (double) values[i] * values[i];
                    count++;
                }
            }
        }
        double mean = sum / count;
        return new double[] {mean, squares / count - mean * mean};
    }

    @Test
    void statisticsAreThoseOfAllSamplesTogetherHoweverTheyAreBatched() {
        var first = draw(5, 1);
        var second = draw(3, 2);
        try (var statistics = new BatchNormStatistics(ONE, 1)) {
            statistics.observe(batch(5, first));
            statistics.observe(batch(3, second));
            var model = statistics.model();
            for (int c = 0; c < CHANNELS; c++) {
                var expected = moments(c, first, second);
                // float32 sums of a few dozen numbers below 10.
                assertThat(constant(model, "m")[c]).isCloseTo(expected[0], within(1e-5));
                assertThat(constant(model, "v")[c]).isCloseTo(expected[1], within(1e-4));
            }
            assertThat(constant(model, "g")).containsExactly(1, 2);
        }
    }

    @Test
    void aLaterLayerSeesWhatTheEarlierOneNormalises() {
        var model = Dsl.model("""
                input x float[N,2,2,2]
                const g float[2] = 1.0 2.0
                const b float[2] = 0.5 -0.5
                const m float[2] = 9.0 9.0
                const v float[2] = 9.0 9.0
                const m2 float[2] = 9.0 9.0
                const v2 float[2] = 9.0 9.0
                h = BatchNormalization(x, g, b, m, v)
                y = BatchNormalization(h, g, b, m2, v2)
                output y float[N,2,2,2]
                """);
        try (var statistics = new BatchNormStatistics(model, 1)) {
            statistics.observe(batch(5, draw(5, 1)));
            statistics.observe(batch(5, draw(5, 2)));
            var after = statistics.model();
            // Normalised, then scaled by g and shifted by b: mean b and variance g^2, but for epsilon.
            assertThat(constant(after, "m2")[0]).isCloseTo(0.5, within(1e-5));
            assertThat(constant(after, "m2")[1]).isCloseTo(-0.5, within(1e-5));
            assertThat(constant(after, "v2")[0]).isCloseTo(1, within(1e-4));
            assertThat(constant(after, "v2")[1]).isCloseTo(4, within(1e-3));
        }
    }

    @Test
    void layersThatSharedTheirConstantsGetTheirOwn() {
        var model = Dsl.model("""
                input x float[N,2,2,2]
                const ones float[2] = 1.0 1.0
                const zeros float[2] = 0.0 0.0
                m = Identity(zeros)
                h = BatchNormalization(x, ones, zeros, m, ones)
                y = BatchNormalization(h, ones, zeros, zeros, ones)
                output y float[N,2,2,2]
                """);
        try (var statistics = new BatchNormStatistics(model, 1)) {
            statistics.observe(batch(5, draw(5, 1)));
            var after = statistics.model();
            assertThat(statistics.layers()).isEqualTo(2);
            assertThat(constant(after, "ones")).containsExactly(1, 1);
            assertThat(constant(after, "zeros")).containsExactly(0, 0);
            var first = after.graph().nodes().getFirst();
            assertThat(first.opType()).as("the Identity that nobody needs").isEqualTo("BatchNormalization");
            assertThat(constant(after, first.input(3))[0]).isCloseTo(moments(0, draw(5, 1))[0], within(1e-5));
        }
    }

    @Test
    void aBatchFilledUpWithCopiesIsLeftOutBehindAFullOne() {
        var full = draw(4, 1);
        try (var statistics = new BatchNormStatistics(ONE, 1)) {
            statistics.observe(batch(4, full));
            var x = TrainerTest.floats(List.of(4L, 2L, 2L, 2L), draw(4, 7));
            statistics.observe(new TrainBatch(Map.of("x", x), 1, Optional.empty()));
            assertThat(constant(statistics.model(), "m")[0]).isCloseTo(moments(0, full)[0], within(1e-5));
        }
    }

    @Test
    void aModelWithoutStatisticsIsReturnedAsItIs() {
        var model = Dsl.model("""
                input x float[N,2]
                y = Relu(x)
                output y float[N,2]
                """);
        try (var statistics = new BatchNormStatistics(model, 1)) {
            assertThat(statistics.layers()).isZero();
            assertThat(statistics.model()).isSameAs(model);
        }
    }

    @Test
    void nothingObservedIsNothingEstimated() {
        try (var statistics = new BatchNormStatistics(ONE, 1)) {
            assertThatThrownBy(statistics::model).isInstanceOf(IllegalStateException.class);
        }
    }
}
