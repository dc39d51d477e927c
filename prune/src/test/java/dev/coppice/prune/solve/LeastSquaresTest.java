package dev.coppice.prune.solve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.coppice.ir.host.Parallel;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LeastSquaresTest {

    private static final int INPUTS = 67; // odd, and enough for several tasks
    private static final int OUTPUTS = 3;
    private static final int ROWS = 141; // of which the last ones fill no block

    private final SplittableRandom random = new SplittableRandom(5);
    private final float[] x = floats(ROWS * INPUTS);
    private final double[][] truth = doubles();
    private final double[] bias = {0.5, -2, 30};

    private float[] floats(int count) {
        var values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextDouble(-1, 1);
        }
        return values;
    }

    private double[][] doubles() {
        var values = new double[INPUTS][OUTPUTS];
        for (var row : values) {
            for (int o = 0; o < OUTPUTS; o++) {
                row[o] = random.nextDouble(-2, 2);
            }
        }
        return values;
    }

    private float[] targets(double noise) {
        var y = new float[ROWS * OUTPUTS];
        for (int row = 0; row < ROWS; row++) {
            for (int o = 0; o < OUTPUTS; o++) {
                double sum = bias[o] + noise * random.nextDouble(-1, 1);
                for (int i = 0; i < INPUTS; i++) {
                    sum += x[row * INPUTS + i] * truth[i][o];
                }
                y[row * OUTPUTS + o] = (float) sum;
            }
        }
        return y;
    }

    @Test
    void aLinearLayerIsFoundAgain() {
        var fit = new LeastSquares(INPUTS, OUTPUTS, true, new Parallel(2));
        fit.add(x, targets(0), ROWS);
        var found = fit.solve(new double[INPUTS][OUTPUTS], 1e-12);
        for (int o = 0; o < OUTPUTS; o++) {
            assertThat(found.bias()[o]).isCloseTo(bias[o], within(1e-5));
            for (int i = 0; i < INPUTS; i++) {
                assertThat(found.weights()[i][o]).isCloseTo(truth[i][o], within(1e-5));
            }
        }
    }

    /** At the minimum the gradient vanishes: X'(X W + b - Y) + r (W - W0) = 0, and the residuals add up to nothing. */
    @Test
    void theGradientOfTheObjectiveVanishes() {
        var y = targets(0.3);
        var before = doubles();
        var fit = new LeastSquares(INPUTS, OUTPUTS, true, new Parallel(2));
        fit.add(x, y, ROWS);
        var found = fit.solve(before, 0.1);
        double trace = 0;
        for (int i = 0; i < INPUTS; i++) {
            double sum = 0;
            double squares = 0;
            for (int row = 0; row < ROWS; row++) {
                sum += x[row * INPUTS + i];
                squares += (double) x[row * INPUTS + i] * x[row * INPUTS + i];
            }
            trace += squares - sum * sum / ROWS;
        }
        double pull = 0.1 * trace / INPUTS;
        for (int o = 0; o < OUTPUTS; o++) {
            var gradient = new double[INPUTS];
            double residuals = 0;
            for (int row = 0; row < ROWS; row++) {
                double residual = found.bias()[o] - y[row * OUTPUTS + o];
                for (int i = 0; i < INPUTS; i++) {
                    residual += x[row * INPUTS + i] * found.weights()[i][o];
                }
                residuals += residual;
                for (int i = 0; i < INPUTS; i++) {
                    gradient[i] += x[row * INPUTS + i] * residual;
                }
            }
            assertThat(residuals).isCloseTo(0, within(1e-9));
            for (int i = 0; i < INPUTS; i++) {
                assertThat(gradient[i] + pull * (found.weights()[i][o] - before[i][o]))
                        .isCloseTo(0, within(1e-9));
            }
        }
    }

    @Test
    void aLargeRidgeKeepsTheWeightsThatThereWere() {
        var before = doubles();
        var fit = new LeastSquares(INPUTS, OUTPUTS, false, new Parallel(2));
        fit.add(x, targets(0.3), ROWS);
        var found = fit.solve(before, 1e9);
        for (int i = 0; i < INPUTS; i++) {
            assertThat(found.weights()[i]).containsExactly(before[i], within(1e-6));
        }
        assertThat(found.bias()).containsOnly(0);
    }

    /** More inputs than columns are eliminated at a time. */
    @Test
    void threadsDoNotChangeABit() {
        var y = targets(0.3);
        var before = doubles();
        var one = new LeastSquares(INPUTS, OUTPUTS, true, Parallel.ONE);
        var three = new LeastSquares(INPUTS, OUTPUTS, true, new Parallel(3));
        one.add(x, y, ROWS);
        three.add(x, y, ROWS);
        assertThat(three.solve(before, 0.01).weights())
                .isDeepEqualTo(one.solve(before, 0.01).weights());
        assertThat(three.solve(before, 0.01).bias())
                .isEqualTo(one.solve(before, 0.01).bias());
    }

    @Test
    void samplesMayComeInParts() {
        var y = targets(0.3);
        var whole = new LeastSquares(INPUTS, OUTPUTS, true, new Parallel(2));
        whole.add(x, y, ROWS);
        var parts = new LeastSquares(INPUTS, OUTPUTS, true, new Parallel(2));
        for (int row = 0; row < ROWS; row++) {
            parts.add(
                    java.util.Arrays.copyOfRange(x, row * INPUTS, (row + 1) * INPUTS),
                    java.util.Arrays.copyOfRange(y, row * OUTPUTS, (row + 1) * OUTPUTS),
                    1);
        }
        var zero = new double[INPUTS][OUTPUTS];
        for (int i = 0; i < INPUTS; i++) {
            assertThat(parts.solve(zero, 0.01).weights()[i])
                    .containsExactly(whole.solve(zero, 0.01).weights()[i], within(1e-10));
        }
        assertThat(parts.samples()).isEqualTo(ROWS);
    }

    @Test
    void nothingAndWhatIsNotFiniteIsRefused() {
        var fit = new LeastSquares(INPUTS, OUTPUTS, true, new Parallel(2));
        assertThatThrownBy(() -> fit.solve(truth, 0.01)).isInstanceOf(ArithmeticException.class);
        x[3] = Float.NaN;
        fit.add(x, targets(0), ROWS);
        assertThatThrownBy(() -> fit.solve(truth, 0.01)).isInstanceOf(ArithmeticException.class);
    }
}
