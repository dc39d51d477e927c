package dev.coppice.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Mask;
import dev.coppice.ir.Model;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import dev.coppice.ir.rules.ChannelScales;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.train.data.TrainBatch;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Holds steps against the formulas, computed by hand for y = x w, whose mean squared error has a gradient on one line. */
class TrainerTest {

    private static final float[] START = {1f, -2f, 0.5f};
    private static final float[][] ROWS = {{1f, 2f, -1f}, {0.5f, -1f, 2f}};
    private static final float[] WANTED = {0.3f, -0.7f};

    private static final Model LINEAR = Dsl.model("""
            input x float[N,3]
            const w float[3,1] = 1.0 -2.0 0.5
            y = MatMul(x, w)
            output y float[N,1]
            """);

    /** d/dw of mean((x w - t)^2). */
    private static double[] gradient(double[] w) {
        var gradient = new double[3];
        for (int row = 0; row < 2; row++) {
            double error = -WANTED[row];
            for (int i = 0; i < 3; i++) {
                error += ROWS[row][i] * w[i];
            }
            for (int i = 0; i < 3; i++) {
                gradient[i] += error * ROWS[row][i];
            }
        }
        return gradient;
    }

    static Tensor floats(List<Long> dims, float... values) {
        var bytes = Arena.ofAuto().allocate(4L * Math.max(1, values.length), 8);
        for (int i = 0; i < values.length; i++) {
            bytes.setAtIndex(ValueLayout.JAVA_FLOAT, i, values[i]);
        }
        return Tensor.of("", DType.FLOAT, dims, new TensorData.Bytes(bytes.asSlice(0, 4L * values.length)));
    }

    private static TrainBatch batch() {
        var x = floats(List.of(2L, 3L), 1f, 2f, -1f, 0.5f, -1f, 2f);
        return new TrainBatch(Map.of("x", x), 2, Optional.of(floats(List.of(2L, 1L), WANTED)));
    }

    private static float[] weights(Model model) {
        return values(model.graph().initializers().getFirst());
    }

    private static float[] values(Tensor tensor) {
        var values = new float[(int) tensor.size()];
        Elements.floats(tensor, 0, values, values.length);
        return values;
    }

    private static TrainSpec spec(Optimizer optimizer) {
        return TrainSpec.of(new Loss.MeanSquaredError(), optimizer);
    }

    private static TrainSpec spec(Optimizer optimizer, double clip, int accumulate, double ema) {
        return spec(optimizer).withUpdating(new TrainSpec.Updating(optimizer, clip, accumulate, ema));
    }

    private static float[] trained(TrainSpec spec, int steps, double rate) throws DivergedException {
        try (var trainer = new Trainer(LINEAR, Optional.empty(), spec, 1)) {
            for (int i = 0; i < steps; i++) {
                trainer.step(batch(), rate);
            }
            return weights(trainer.model(LINEAR));
        }
    }

    private static void assertClose(float[] actual, double[] expected) {
        for (int i = 0; i < expected.length; i++) {
            // A few float32 roundings of numbers of this size.
            assertThat((double) actual[i]).isCloseTo(expected[i], within(1e-6 * (1 + Math.abs(expected[i]))));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void momentumFollowsTheFormula(boolean nesterov) throws DivergedException {
        double rate = 0.05;
        double momentum = 0.9;
        double decay = 0.01;
        var w = new double[] {START[0], START[1], START[2]};
        var velocity = new double[3];
        for (int step = 0; step < 5; step++) {
            var g = gradient(w);
            for (int i = 0; i < 3; i++) {
                g[i] += decay * w[i];
                velocity[i] = momentum * velocity[i] + g[i];
                w[i] -= rate * (nesterov ? g[i] + momentum * velocity[i] : velocity[i]);
            }
        }
        assertClose(trained(spec(new Optimizer.Sgd(momentum, nesterov, decay)), 5, rate), w);
    }

    @Test
    void adamFollowsTheFormula() throws DivergedException {
        var adam = new Optimizer.AdamW(0.9, 0.98, 1e-8, 0.1);
        double rate = 0.01;
        var w = new double[] {START[0], START[1], START[2]};
        var mean = new double[3];
        var variance = new double[3];
        for (int step = 1; step <= 5; step++) {
            var g = gradient(w);
            for (int i = 0; i < 3; i++) {
                w[i] *= 1 - rate * adam.weightDecay();
                mean[i] = 0.9 * mean[i] + 0.1 * g[i];
                variance[i] = 0.98 * variance[i] + 0.02 * g[i] * g[i];
                double unbiased = variance[i] / (1 - Math.pow(0.98, step));
                w[i] -= rate * mean[i] / (1 - Math.pow(0.9, step)) / (Math.sqrt(unbiased) + 1e-8);
            }
        }
        assertClose(trained(spec(adam), 5, rate), w);
    }

    @Test
    void clippingKeepsTheDirection() throws DivergedException {
        var g = gradient(new double[] {START[0], START[1], START[2]});
        double norm = Math.sqrt(Arrays.stream(g).map(x -> x * x).sum());
        var expected = new double[3];
        for (int i = 0; i < 3; i++) {
            expected[i] = START[i] - 0.1 * g[i] * 0.5 / norm;
        }
        assertClose(trained(spec(new Optimizer.Sgd(0, false, 0), 0.5, 1, 0), 1, 0.1), expected);
    }

    @Test
    void accumulatedBatchesMakeOneStepOfTheirMean() throws DivergedException {
        var once = trained(spec(new Optimizer.Sgd(0, false, 0)), 1, 0.1);
        assertThat(trained(spec(new Optimizer.Sgd(0, false, 0), 0, 2, 0), 2, 0.1))
                .isEqualTo(once);
        assertThat(trained(spec(new Optimizer.Sgd(0, false, 0), 0, 2, 0), 1, 0.1))
                .isEqualTo(START);
    }

    @Test
    void theMovingAverageLagsBehind() throws DivergedException {
        var plain = trained(spec(new Optimizer.Sgd(0, false, 0)), 1, 0.1);
        var averaged = trained(spec(new Optimizer.Sgd(0, false, 0), 0, 1, 0.75), 1, 0.1);
        for (int i = 0; i < 3; i++) {
            assertThat((double) averaged[i]).isCloseTo(0.75 * START[i] + 0.25 * plain[i], within(1e-6));
        }
    }

    @Test
    void prunedWeightsStayExactlyZero() throws DivergedException {
        var mask = new Mask(3);
        mask.prune(1);
        var pruned = LINEAR.mapTensors(tensor -> tensor.masked(mask));
        for (var optimizer : List.of(new Optimizer.Sgd(0.9, true, 0.1), new Optimizer.AdamW(0.9, 0.98, 1e-8, 0.1))) {
            try (var trainer = new Trainer(pruned, Optional.empty(), spec(optimizer), 1)) {
                for (int i = 0; i < 20; i++) {
                    trainer.step(batch(), 0.05);
                    assertThat(weights(trainer.current(LINEAR))[1]).isZero();
                }
                trainer.unmask();
                trainer.step(batch(), 0.05);
                assertThat(weights(trainer.current(LINEAR))[1])
                        .as("grown again")
                        .isNotZero();
            }
        }
    }

    @Test
    void regrownMasksAreWhereTheGradientIsLargestAndAsManyAsBefore() throws DivergedException {
        // 8 weights, of which 0 and 1 are pruned; the gradient of sum(x w) is x.
        var model = Dsl.model("""
                input x float[N,8]
                const w float[8,1] = 9.0 9.0 0.1 0.2 3.0 4.0 5.0 6.0
                y = MatMul(x, w)
                output y float[N,1]
                """);
        var mask = new Mask(8);
        mask.prune(0);
        mask.prune(1);
        var spec = spec(new Optimizer.Sgd(0, false, 0)).withLosses(List.of(new Loss.Weighted(1, new Loss.OutputSum())));
        var x = floats(List.of(1L, 8L), 1f, -7f, 2f, 3f, 1f, 1f, 1f, 1f);
        var batch = new TrainBatch(Map.of("x", x), 1, Optional.empty());
        try (var trainer = new Trainer(model.mapTensors(tensor -> tensor.masked(mask)), Optional.empty(), spec, 1)) {
            trainer.observe(batch);
            // A third of 6: weights 2 and 3, the smallest, go; 1 and 3 have the largest gradients of those without a
            // weight.
            assertThat(trainer.regrow(0.34)).isEqualTo(1);
            assertThat(weights(trainer.current(model))).containsExactly(0, 0, 0, 0.2f, 3, 4, 5, 6);
            trainer.step(batch, 1);
            assertThat(weights(trainer.current(model)))
                    .as("1 grows from zero, 3 has stayed, 0 and 2 are pruned")
                    .containsExactly(0, 7, 0, -2.8f, 2, 3, 4, 5);
        }
    }

    @Test
    void theNextSnapshotTakesTheMemoryOfTheLast() throws DivergedException {
        try (var trainer = new Trainer(LINEAR, Optional.empty(), spec(Optimizer.sgd(0)), 1)) {
            var first = trainer.snapshot().tensors().get("weights");
            trainer.step(batch(), 0.1);
            var second = trainer.snapshot().tensors().get("weights");
            assertThat(Elements.bytes(second).address())
                    .isEqualTo(Elements.bytes(first).address());
            assertThat(values(second)).isEqualTo(weights(trainer.current(LINEAR)));
        }
    }

    @Test
    void aStateThatWasRestoredContinuesToTheSameBits() throws DivergedException {
        var spec = spec(new Optimizer.AdamW(0.9, 0.98, 1e-8, 0.1), 0, 1, 0.9);
        var undisturbed = trained(spec, 9, 0.05);
        Checkpoint saved;
        try (var trainer = new Trainer(LINEAR, Optional.empty(), spec, 1)) {
            for (int i = 0; i < 4; i++) {
                trainer.step(batch(), 0.05);
            }
            saved = trainer.snapshot();
        }
        try (var trainer = new Trainer(LINEAR, Optional.empty(), spec, 1)) {
            trainer.restore(saved);
            for (int i = 4; i < 9; i++) {
                trainer.step(batch(), 0.05);
            }
            assertThat(weights(trainer.model(LINEAR))).isEqualTo(undisturbed);
        }
    }

    @Test
    void frozenConstantsStay() throws DivergedException {
        var model = Dsl.model("""
                input x float[N,3]
                const a float[3,3] = 1.0 0.0 0.0 0.0 1.0 0.0 0.0 0.0 1.0
                const w float[3,1] = 1.0 -2.0 0.5
                h = MatMul(x, a)
                y = MatMul(h, w)
                output y float[N,1]
                """);
        var spec = spec(new Optimizer.Sgd(0, false, 0)).withLearnt(new TrainSpec.Learnt(true, false, Set.of("a")));
        try (var trainer = new Trainer(model, Optional.empty(), spec, 1)) {
            trainer.step(batch(), 0.1);
            var after = trainer.model(model).graph().initializers();
            assertThat(values(after.get(0)))
                    .isEqualTo(values(model.graph().initializers().get(0)));
            assertThat(values(after.get(1)))
                    .isNotEqualTo(values(model.graph().initializers().get(1)));
        }
    }

    @Test
    void thePenaltyAddsItsSignToTheGradient() throws DivergedException {
        var g = gradient(new double[] {START[0], START[1], START[2]});
        var expected = new double[3];
        for (int i = 0; i < 3; i++) {
            expected[i] = START[i] - 0.1 * (g[i] + 0.25 * Math.signum(START[i]));
        }
        assertClose(
                trained(
                        spec(new Optimizer.Sgd(0, false, 0)).withPenalty(new TrainSpec.Penalty(0.25, Set.of("w"))),
                        1,
                        0.1),
                expected);
    }

    @Test
    void insertedScalesAreLearntAndFoldedBack() throws DivergedException {
        var model = Dsl.model("""
                input x float[N,2,4,4]
                const w float[3,2,3,3] seed 1
                const b float[3] seed 2
                y = Conv(x, w, b) pads=[1,1,1,1]
                output y float[N,3,4,4]
                """);
        var scaled = model.withGraph(ChannelScales.insert(model.graph()));
        var scale = "y" + ChannelScales.SUFFIX;
        var x = floats(List.of(1L, 2L, 4L, 4L), new float[32]);
        var zeros = floats(List.of(1L, 3L, 4L, 4L), new float[48]);
        var batch = new TrainBatch(Map.of("x", x), 1, Optional.of(zeros));
        var spec = spec(new Optimizer.Sgd(0, false, 0))
                .withLearnt(new TrainSpec.Learnt(true, false, Set.of("w", "b")))
                .withPenalty(new TrainSpec.Penalty(0.5, Set.of(scale)));
        try (var trainer = new Trainer(scaled, Optional.empty(), spec, 1)) {
            trainer.step(batch, 0.1);
            var trained = trainer.model(scaled);
            var folded = model.withGraph(ChannelScales.fold(trained.graph()));
            assertThat(folded.graph().nodes()).hasSize(1);
            // With x = 0 the output is s b: its mean square has the gradient 2/3 s b^2 for each s.
            var before = values(named(model, "b"));
            var after = values(named(folded, "b"));
            for (int c = 0; c < 3; c++) {
                double s = 1 - 0.1 * (2.0 / 3 * before[c] * before[c] + 0.5);
                assertThat((double) after[c]).isCloseTo(s * before[c], within(1e-5));
                float ratio = values(named(folded, "w"))[18 * c] / values(named(model, "w"))[18 * c];
                assertThat((double) ratio).isCloseTo(s, within(1e-5));
            }
        }
    }

    private static Tensor named(Model model, String name) {
        return model.graph().initializers().stream()
                .filter(tensor -> tensor.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aSharedWeightIsTrainedAsOneByBothItsUses() throws DivergedException {
        var model = Dsl.model("""
                input x float[N,3]
                const w float[3,1] = 1.0 -2.0 0.5
                a = MatMul(x, w)
                b = MatMul(x, w)
                y = Add(a, b)
                output y float[N,1]
                """);
        // y = 2 x w: the gradient is that of twice the weight, twice.
        var g = gradient(new double[] {2 * START[0], 2 * START[1], 2 * START[2]});
        try (var trainer = new Trainer(model, Optional.empty(), spec(new Optimizer.Sgd(0, false, 0)), 1)) {
            trainer.step(batch(), 0.01);
            var expected = new double[3];
            for (int i = 0; i < 3; i++) {
                expected[i] = START[i] - 0.01 * 2 * g[i];
            }
            assertClose(weights(trainer.model(model)), expected);
        }
    }

    @Test
    void halfPrecisionWeightsAreWidenedForTrainingAndNarrowedOnSave() throws DivergedException {
        var half = LINEAR.mapTensors(tensor -> narrowed(tensor));
        try (var trainer = new Trainer(half, Optional.empty(), spec(new Optimizer.Sgd(0, false, 0)), 1)) {
            for (int i = 0; i < 3; i++) {
                trainer.step(batch(), 1e-4);
            }
            var after = trainer.model(half).graph().initializers().getFirst();
            assertThat(after.type()).isEqualTo(DType.FLOAT16);
            var w = new double[] {START[0], START[1], START[2]};
            for (int step = 0; step < 3; step++) {
                var g = gradient(w);
                for (int i = 0; i < 3; i++) {
                    w[i] -= 1e-4 * g[i];
                }
            }
            for (int i = 0; i < 3; i++) {
                assertThat(values(after)[i]).isEqualTo(Float.float16ToFloat(Float.floatToFloat16((float) w[i])));
            }
        }
    }

    private static Tensor narrowed(Tensor tensor) {
        var bytes = Arena.ofAuto().allocate(2 * tensor.size(), 8);
        var wide = values(tensor);
        for (int i = 0; i < wide.length; i++) {
            bytes.setAtIndex(ValueLayout.JAVA_SHORT, i, Float.floatToFloat16(wide[i]));
        }
        return Tensor.of(tensor.name(), DType.FLOAT16, tensor.dims(), new TensorData.Bytes(bytes));
    }

    @Test
    void aLossThatIsNoNumberChangesNothing() {
        var x = floats(List.of(1L, 3L), Float.NaN, 0, 0);
        var batch = new TrainBatch(Map.of("x", x), 1, Optional.of(floats(List.of(1L, 1L), 0)));
        try (var trainer = new Trainer(LINEAR, Optional.empty(), spec(Optimizer.sgd(0)), 1)) {
            assertThatThrownBy(() -> trainer.step(batch, 0.1)).isInstanceOf(DivergedException.class);
            assertThat(weights(trainer.model(LINEAR))).isEqualTo(START);
        }
    }
}
