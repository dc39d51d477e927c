package dev.coppice.pipeline.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Model;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.pipeline.data.ModelInputs;
import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.spec.DataSpec;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.prune.score.Criteria;
import dev.coppice.prune.score.Evidence;
import dev.coppice.prune.score.Unit;
import dev.coppice.prune.score.Values;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Holds gradients against softmax regression, whose gradient is known, and the Hessian against finite differences of it. */
class GradientEvidenceTest {

    private static final double[][] X = {{1, 0.5, -1}, {0.3, 2, 0.1}, {-0.7, 1, 1}, {1.5, -0.2, 0.4}};
    private static final int[] LABELS = {0, 1, 1, 0};

    private static final Model MODEL = Dsl.model("""
            input x float[N,3]
            const w float[3,2] = 0.5 -0.25  1 0.75  -0.3 0.1
            y = MatMul(x, w)
            output y float[N,2]
            """);

    private static final double[] W = {0.5, -0.25, 1, 0.75, -0.3, 0.1};

    @TempDir
    private Path folder;

    private CalibrationData data;

    @BeforeEach
    void write() throws IOException {
        var lines = new StringBuilder();
        for (int n = 0; n < X.length; n++) {
            for (double x : X[n]) {
                lines.append(x).append(',');
            }
            lines.append(LABELS[n]).append('\n');
        }
        var file = Files.writeString(folder.resolve("d.csv"), lines);
        data = new CalibrationData(DataSpec.parse("csv:" + file), DataOptions.defaults(), ModelInputs.of(MODEL), 100);
    }

    /** The gradient of the cross-entropy of sample {@code n}: x times (probabilities - wanted). */
    private static double[] gradient(double[] w, int n) {
        var logits = new double[2];
        for (int i = 0; i < w.length; i++) {
            logits[i % 2] += X[n][i / 2] * w[i];
        }
        double first = 1 / (1 + Math.exp(logits[1] - logits[0]));
        double[] error = {first - (LABELS[n] == 0 ? 1 : 0), 1 - first - (LABELS[n] == 1 ? 1 : 0)};
        var gradient = new double[w.length];
        for (int i = 0; i < w.length; i++) {
            gradient[i] = X[n][i / 2] * error[i % 2];
        }
        return gradient;
    }

    private static double[] mean(double[] w) {
        var mean = new double[w.length];
        for (int n = 0; n < X.length; n++) {
            var one = gradient(w, n);
            for (int i = 0; i < w.length; i++) {
                mean[i] += one[i] / X.length;
            }
        }
        return mean;
    }

    private static double expected(Evidence kind, int i) {
        return switch (kind) {
            case GRADIENT -> mean(W)[i];
            case SQUARED_BATCH_GRADIENT -> mean(W)[i] * mean(W)[i]; // the four samples make one batch
            case SQUARED_SAMPLE_GRADIENT -> {
                double sum = 0;
                for (int n = 0; n < X.length; n++) {
                    sum += gradient(W, n)[i] * gradient(W, n)[i] / X.length;
                }
                yield sum;
            }
            case HESSIAN_GRADIENT -> {
                double step = 1e-5;
                var up = W.clone();
                var down = W.clone();
                for (int k = 0; k < W.length; k++) {
                    up[k] += step * mean(W)[k];
                    down[k] -= step * mean(W)[k];
                }
                yield (mean(up)[i] - mean(down)[i]) / (2 * step);
            }
            default -> throw new IllegalArgumentException();
        };
    }

    @ParameterizedTest
    @CsvSource({"GRADIENT", "SQUARED_BATCH_GRADIENT", "SQUARED_SAMPLE_GRADIENT", "HESSIAN_GRADIENT"})
    void gradientsAreThoseOfTheMeanLoss(Evidence kind) {
        var found = GradientEvidence.of(MODEL, Set.of(kind), data, 1, Progress.NONE);
        for (int i = 0; i < W.length; i++) {
            assertThat(found.of(kind, "w").at(0, 0, i)).as("weight %d", i).isCloseTo(expected(kind, i), within(1e-6));
        }
    }

    @Test
    void fisherIsHalfTheMeanSquareOfTheChangesOfSingleSamples() {
        var kind = Evidence.SQUARED_SAMPLE_GRADIENT;
        var found =
                GradientEvidence.of(MODEL, Set.of(kind), data, 1, Progress.NONE).of(kind, "w");
        double score = Criteria.named("fisher").score(Unit.of(W[2]).with(kind, found.at(0, 0, 2)));
        assertThat(score).isCloseTo(W[2] * W[2] * expected(kind, 2) / 2, within(1e-7));
    }

    @Test
    void flowIsConserved() {
        var model = Dsl.model("""
                input x float[N,3,4,4]
                const k float[4,3,3,3] seed 1
                const kb float[4] seed 2
                const w float[16,6] seed 3
                const b float[6] seed 4
                const v float[6,5] seed 5
                c = Conv(x, k, kb) strides=[2,2] pads=[1,1,1,1]
                r = Relu(c)
                f = Flatten(r)
                m = Gemm(f, w, b)
                h = Relu(m)
                y = MatMul(h, v)
                output y
                """);
        var found = SynapticFlow.of(model, Map.of(), 1);
        double first = flow(model, found.of(Evidence.SYNAPTIC_FLOW, "k"), "k");
        assertThat(first).isPositive();
        for (var name : new String[] {"w", "v"}) {
            assertThat(flow(model, found.of(Evidence.SYNAPTIC_FLOW, name), name))
                    .as(name)
                    .isCloseTo(first, within(1e-5 * first));
        }
    }

    @Test
    void aNetworkThatNormalisesHasNoFlowToConserve() {
        var model = Dsl.model("""
                input x float[N,4]
                const w float[4,6] seed 1
                const g float[6] fill 1
                const v float[6,5] seed 2
                m = MatMul(x, w)
                n = LayerNormalization(m, g)
                y = MatMul(n, v)
                output y
                """);
        assertThatThrownBy(() -> SynapticFlow.of(model, Map.of(), 1))
                .isInstanceOf(BadModelException.class)
                .hasMessageContaining("what flows through");
    }

    private static double flow(Model model, Values values, String name) {
        var tensor = model.graph().initializers().stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow();
        var weights = new float[Math.toIntExact(tensor.size())];
        Elements.floats(tensor, 0, weights, weights.length);
        double sum = 0;
        for (int i = 0; i < weights.length; i++) {
            sum += Criteria.named("synflow")
                    .score(Unit.of(weights[i]).with(Evidence.SYNAPTIC_FLOW, values.at(0, 0, i)));
        }
        return sum;
    }
}
