package dev.coppice.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Mask;
import dev.coppice.ir.Model;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.train.Gradients.Sum;
import dev.coppice.train.data.TrainBatch;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Holds sums of gradients against the formula for y = x w: the gradient of (x w - t)^2 is 2 (x w - t) x. */
class GradientsTest {

    private static final double[] W = {1, -2, 0.5};
    private static final float[][] ROWS = {{1f, 2f, -1f}, {0.5f, -1f, 2f}, {-1f, 0f, 3f}};
    private static final float[] WANTED = {0.3f, -0.7f, 1f};

    private static final Model LINEAR = Dsl.model("""
        input x float[N,3]
        const w float[3,1] = 1.0 -2.0 0.5
        y = MatMul(x, w)
        output y float[N,1]
        """);

    private static TrainBatch row(int row) {
        var x = TrainerTest.floats(List.of(1L, 3L), ROWS[row]);
        return new TrainBatch(Map.of("x", x), 1, Optional.of(TrainerTest.floats(List.of(1L, 1L), WANTED[row])));
    }

    private static double gradient(int row, int i, double... w) {
        double error = -WANTED[row];
        for (int k = 0; k < 3; k++) {
            error += ROWS[row][k] * w[k];
        }
        return 2 * error * ROWS[row][i];
    }

    private static Gradients gradients(Model model, Loss loss, Sum... sums) {
        var spec = new Gradients.Spec(List.of(new Loss.Weighted(1, loss)), false, false, EnumSet.copyOf(List.of(sums)));
        return new Gradients(model, Optional.empty(), spec, 1);
    }

    private static double[] values(Tensor tensor) {
        var values = new double[(int) tensor.size()];
        Elements.doubles(tensor, 0, values, values.length);
        return values;
    }

    @Test
    void sumsAreThoseOfTheBatchesGradients() {
        try (var gradients =
                new Gradients(LINEAR, Optional.empty(), Gradients.Spec.of(new Loss.MeanSquaredError()), 1)) {
            for (int row = 0; row < 3; row++) {
                gradients.add(row(row));
            }
            assertThat(gradients.names()).containsExactly("w");
            assertThat(gradients.batches()).isEqualTo(3);
            for (int i = 0; i < 3; i++) {
                double sum = 0;
                double squares = 0;
                double absolute = 0;
                for (int row = 0; row < 3; row++) {
                    double g = gradient(row, i, W);
                    sum += g;
                    squares += g * g;
                    absolute += Math.abs(g);
                }
                assertThat(values(gradients.sum("w", Sum.GRADIENT))[i]).isCloseTo(sum, within(1e-5));
                assertThat(values(gradients.sum("w", Sum.SQUARE))[i]).isCloseTo(squares, within(1e-4));
                assertThat(values(gradients.sum("w", Sum.ABSOLUTE))[i]).isCloseTo(absolute, within(1e-5));
                assertThat(values(gradients.latest("w"))[i]).isCloseTo(gradient(2, i, W), within(1e-5));
            }
        }
    }

    @Test
    void sumsHaveTheShapeOfTheWeightAndFloat64() {
        try (var gradients = gradients(LINEAR, new Loss.MeanSquaredError(), Sum.SQUARE)) {
            gradients.add(row(0));
            var sum = gradients.sum("w", Sum.SQUARE);
            assertThat(sum.dims()).containsExactly(3L, 1L);
            assertThat(sum.type()).isEqualTo(DType.DOUBLE);
            assertThatThrownBy(() -> gradients.sum("w", Sum.GRADIENT)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> gradients.sum("v", Sum.SQUARE)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void aPrunedWeightHasTheGradientThatItHasAtZero() {
        var mask = new Mask(3);
        mask.prune(1);
        var pruned = LINEAR.mapTensors(tensor -> tensor.masked(mask));
        try (var gradients = gradients(pruned, new Loss.MeanSquaredError(), Sum.GRADIENT)) {
            gradients.add(row(0));
            assertThat(values(gradients.sum("w", Sum.GRADIENT))[1])
                    .isCloseTo(gradient(0, 1, W[0], 0, W[2]), within(1e-5));
        }
    }

    @Test
    void theHessianProductIsTheChangeOfTheGradientOfAQuadraticLoss() {
        try (var gradients = gradients(LINEAR, new Loss.MeanSquaredError(), Sum.GRADIENT, Sum.HESSIAN_PRODUCT)) {
            gradients.add(row(0));
            gradients.add(row(1));
            gradients.addHessianProduct(row(0));
            gradients.addHessianProduct(row(1));
            var moved = new double[3];
            for (int i = 0; i < 3; i++) {
                moved[i] = W[i] + (gradient(0, i, W) + gradient(1, i, W)) / 2;
            }
            var product = values(gradients.sum("w", Sum.HESSIAN_PRODUCT));
            for (int i = 0; i < 3; i++) {
                double expected = 0;
                for (int row = 0; row < 2; row++) {
                    expected += gradient(row, i, moved) - gradient(row, i, W);
                }
                assertThat(product[i]).isCloseTo(expected, within(1e-4 * (1 + Math.abs(expected))));
            }
        }
    }

    @Test
    void convolutionsAndNormalisationsAreDifferentiatedTwice() {
        var model = Dsl.model("""
            input x float[N,2,4,4]
            const w float[3,2,3,3] seed 1
            const g float[3] = 1.0 2.0 0.5
            const b float[3] = 0.0 1.0 -1.0
            const m float[3] = 0.0 0.0 0.0
            const v float[3] = 1.0 1.0 1.0
            const u float[12,2] seed 2
            h = Conv(x, w)
            n = BatchNormalization(h, g, b, m, v)
            r = Relu(n)
            f = Flatten(r)
            y = MatMul(f, u)
            output y float[N,2]
            """);
        var x = TrainerTest.floats(List.of(1L, 2L, 4L, 4L), draw(32));
        var batch = new TrainBatch(Map.of("x", x), 1, Optional.of(TrainerTest.floats(List.of(1L, 2L), 1f, -1f)));
        try (var gradients = gradients(model, new Loss.MeanSquaredError(), Sum.GRADIENT, Sum.HESSIAN_PRODUCT)) {
            gradients.add(batch);
            gradients.addHessianProduct(batch);
            var product = values(gradients.sum("w", Sum.HESSIAN_PRODUCT));
            // The same by a central difference of gradients along the gradient.
            double norm = 0;
            for (var name : gradients.names()) {
                for (double g : values(gradients.sum(name, Sum.GRADIENT))) {
                    norm += g * g;
                }
            }
            double step = 1e-2 / Math.sqrt(norm);
            var ahead = gradientAfter(model, gradients, batch, step);
            var behind = gradientAfter(model, gradients, batch, -step);
            double scale = 0;
            for (double each : product) {
                scale = Math.max(scale, Math.abs(each));
            }
            assertThat(scale).isPositive();
            for (int i = 0; i < product.length; i++) {
                double difference = (ahead[i] - behind[i]) / (2 * step);
                assertThat(product[i]).isCloseTo(difference, within(0.02 * scale));
            }
        }
    }

    private static float[] draw(int count) {
        var random = new java.util.Random(5);
        var values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /** Returns the gradient of w when all weights have moved along the gradient. */
    private static double[] gradientAfter(Model model, Gradients gradients, TrainBatch batch, double step) {
        var moved = model.mapTensors(tensor -> {
            if (!gradients.names().contains(tensor.name())) {
                return tensor;
            }
            var values = values(tensor);
            var along = values(gradients.sum(tensor.name(), Sum.GRADIENT));
            for (int i = 0; i < values.length; i++) {
                values[i] += step * along[i];
            }
            return dev.coppice.ir.eval.Tensors.ofDoubles(DType.FLOAT, tensor.dims(), values)
                    .withName(tensor.name());
        });
        try (var there = gradients(moved, new Loss.MeanSquaredError(), Sum.GRADIENT)) {
            there.add(batch);
            return values(there.sum("w", Sum.GRADIENT));
        }
    }

    @Test
    void theSumOfOutputsHasTheInputsSumForGradient() {
        try (var gradients = gradients(LINEAR, new Loss.OutputSum(), Sum.GRADIENT)) {
            gradients.add(row(1));
            assertThat(values(gradients.sum("w", Sum.GRADIENT))).containsExactly(0.5, -1, 2);
        }
    }
}
