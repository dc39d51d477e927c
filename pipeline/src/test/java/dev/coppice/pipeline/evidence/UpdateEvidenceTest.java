package dev.coppice.pipeline.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Model;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.pipeline.Pipeline;
import dev.coppice.pipeline.Recipe;
import dev.coppice.pipeline.Settings;
import dev.coppice.pipeline.data.Batching;
import dev.coppice.pipeline.data.DataOptions;
import dev.coppice.pipeline.data.DataSpec;
import dev.coppice.pipeline.data.TrainingData;
import dev.coppice.pipeline.evidence.UpdateEvidence.Course;
import dev.coppice.pipeline.measure.CostAccount;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.prune.score.Evidence;
import dev.coppice.train.data.TrainBatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Holds what training tells against a direct loop of gradient descent, of softmax regression, in float64. */
class UpdateEvidenceTest {

    private static final int IN = 4;
    private static final int SIZE = 2 * IN;
    private static final int SAMPLES = 70;
    private static final long SEED = 3;
    private static final double[] W = {0.5, -0.25, 1, 0.75, -0.3, 0.1, 0.9, -0.6};

    @TempDir
    private Path folder;

    @BeforeEach
    void write() throws IOException {
        writeData("d.csv", 1);
    }

    private void writeData(String name, double scale) throws IOException {
        var random = new Random(1);
        var lines = new StringBuilder();
        for (int n = 0; n < SAMPLES; n++) {
            double sum = 0;
            for (int i = 0; i < IN; i++) {
                float x = (float) random.nextGaussian() * (i + 1);
                sum += x;
                lines.append((float) (x * scale)).append(',');
            }
            lines.append(sum + random.nextGaussian() > 0 ? 0 : 1).append('\n');
        }
        Files.writeString(folder.resolve(name), lines);
    }

    private static Model model(double scale) {
        var text = new StringBuilder();
        for (double w : W) {
            text.append(' ').append(w * scale);
        }
        return Dsl.model("""
                input x float[N,4]
                const w float[4,2] =%s
                y = MatMul(x, w)
                output y float[N,2]
                """.formatted(text));
    }

    private CalibrationData data(String name) {
        return new CalibrationData(
                DataSpec.parse("csv:" + folder.resolve(name)),
                DataOptions.defaults(),
                CostAccount.inputs(model(1)),
                1000);
    }

    private static float[] floats(Tensor tensor) {
        var values = new float[Math.toIntExact(tensor.size())];
        Elements.floats(tensor, 0, values, values.length);
        return values;
    }

    /** The gradient of the mean cross-entropy of a batch, with two classes. */
    private static double[] gradient(double[] w, TrainBatch batch) {
        var x = floats(batch.inputs().get("x"));
        var labels = Elements.longs(batch.targets().orElseThrow());
        var mean = new double[SIZE];
        for (int n = 0; n < labels.length; n++) {
            var logits = new double[2];
            for (int i = 0; i < SIZE; i++) {
                logits[i % 2] += x[n * IN + i / 2] * w[i];
            }
            double first = 1 / (1 + Math.exp(logits[1] - logits[0]));
            double error = first - (labels[n] == 0 ? 1 : 0);
            for (int i = 0; i < SIZE; i++) {
                mean[i] += x[n * IN + i / 2] * (i % 2 == 0 ? error : -error) / labels.length;
            }
        }
        return mean;
    }

    /** The updates of each step, by a loop that reads like the definition. */
    private List<double[]> updates(Course course) {
        var source = TrainingData.open(
                data("d.csv").spec(), data("d.csv").limited(), CostAccount.inputs(model(1)), Batching.of(16, SEED));
        var updates = new ArrayList<double[]>();
        var w = W.clone();
        for (int epoch = 0; updates.size() < course.steps(); epoch++) {
            try (var batches = source.epoch(epoch, 0)) {
                for (var batch = batches.next(); batch != null && updates.size() < course.steps(); batch = batches.next()) {
                    var g = gradient(w, batch);
                    double norm = Math.sqrt(Arrays.stream(g).map(v -> v * v).sum());
                    double factor = -course.rate() * (norm > course.clip() ? course.clip() / norm : 1);
                    var update = Arrays.stream(g).map(v -> v * factor).toArray();
                    Arrays.setAll(w, i -> w[i] + update[i]);
                    updates.add(update);
                }
            }
        }
        return updates;
    }

    private static double[] uncertainty(List<double[]> updates) {
        int steps = updates.size();
        var deviations = IntStream.range(0, SIZE)
                .mapToDouble(i -> {
                    double mean =
                            updates.stream().mapToDouble(u -> u[i]).average().orElseThrow();
                    double squares = updates.stream()
                            .mapToDouble(u -> (u[i] - mean) * (u[i] - mean))
                            .sum();
                    return Math.sqrt(squares / (steps - 1));
                })
                .toArray();
        double typical =
                Math.sqrt(Arrays.stream(deviations).map(d -> d * d).average().orElseThrow());
        return Arrays.stream(deviations).map(d -> d + typical).toArray();
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.2, 10})
    void uncertaintyIsTheDeviationOfUpdates(double clip) {
        var course = new Course(50, 0.1, clip);
        var kind = Evidence.UNCERTAINTY;
        var found = UpdateEvidence.of(model(1), Set.of(kind), data("d.csv"), course, SEED, 1, Progress.NONE)
                .of(kind, "w");
        var expected = uncertainty(updates(course));
        for (int i = 0; i < SIZE; i++) {
            assertThat(found.at(0, 0, i)).as("weight %d", i).isCloseTo(expected[i], within(1e-4 * expected[i]));
        }
    }

    /** Inputs four times as small and weights four times as large, with updates four times as large: a rate of sixteen times. */
    @Test
    void scalingALayerScalesItsUncertainty() throws IOException {
        writeData("small.csv", 0.25);
        var kind = Evidence.UNCERTAINTY;
        var plain = UpdateEvidence.of(
                        model(1), Set.of(kind), data("d.csv"), new Course(50, 0.01, 0), SEED, 1, Progress.NONE)
                .of(kind, "w");
        var scaled = UpdateEvidence.of(
                        model(4), Set.of(kind), data("small.csv"), new Course(50, 0.16, 0), SEED, 1, Progress.NONE)
                .of(kind, "w");
        for (int i = 0; i < SIZE; i++) {
            assertThat(scaled.at(0, 0, i)).isCloseTo(4 * plain.at(0, 0, i), within(1e-5 * plain.at(0, 0, i)));
        }
    }

    private Recipe recipe(Path model, Path output, String criterion, String granularity, Object... more) {
        var settings = new java.util.LinkedHashMap<String, Object>(Map.of(
                "model",
                model.toString(),
                "output",
                output.toString(),
                "criterion",
                criterion,
                "granularity",
                granularity,
                "sparsity",
                0.5,
                "seed",
                SEED,
                "threads",
                1));
        for (int i = 0; i < more.length; i += 2) {
            settings.put(more[i].toString(), more[i + 1]);
        }
        return Recipe.of(new Settings("", settings));
    }

    /** Says which weights go: in each set of units that compare, the half with the lowest sums of scores. Outputs are the columns of w. */
    private static boolean[] pruned(double[] scores, String granularity) {
        int[][][] sets = switch (granularity) {
            case "unstructured" -> new int[][][] {{{0}, {1}, {2}, {3}, {4}, {5}, {6}, {7}}};
            case "2:4" -> new int[][][] {{{0}, {2}, {4}, {6}}, {{1}, {3}, {5}, {7}}};
            case "row" -> new int[][][] {{{0, 2, 4, 6}, {1, 3, 5, 7}}};
            case "block:2x1" -> new int[][][] {{{0, 1}, {2, 3}, {4, 5}, {6, 7}}};
            default -> throw new IllegalArgumentException();
        };
        var pruned = new boolean[SIZE];
        for (var set : sets) {
            Arrays.stream(set)
                    .sorted(Comparator.comparingDouble(
                            (int[] unit) -> Arrays.stream(unit).mapToDouble(i -> scores[i]).sum()))
                    .limit(set.length / 2)
                    .forEach(unit -> Arrays.stream(unit).forEach(i -> pruned[i] = true));
        }
        return pruned;
    }

    @ParameterizedTest
    @ValueSource(strings = {"unstructured", "2:4", "row", "block:2x1"})
    void theLeastSignificantGo(String granularity) {
        var uncertainty = uncertainty(updates(Course.SHORT));
        var scores = new double[SIZE];
        Arrays.setAll(scores, i -> Math.abs(W[i]) / uncertainty[i]);
        var before = folder.resolve("m.onnx");
        var after = folder.resolve("p.onnx");
        OnnxWriter.write(model(1), before);
        Pipeline.run(
                recipe(before, after, "magnitude-uncertainty", granularity, "data", data("d.csv").spec().text()),
                Progress.NONE);
        var left = floats(OnnxReader.read(after).graph().initializers().getFirst());
        var expected = pruned(scores, granularity);
        for (int i = 0; i < SIZE; i++) {
            assertThat(left[i]).as("weight %d", i).isEqualTo(expected[i] ? 0 : (float) W[i]);
        }
    }

    @Test
    void withoutDataItIsRefused() {
        assertThatThrownBy(() -> recipe(
                        folder.resolve("m.onnx"),
                        folder.resolve("p.onnx"),
                        "magnitude-uncertainty",
                        "unstructured"))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("needs data to look at");
    }

    @Test
    void trainingThatDivergesIsAnError() {
        var course = new Course(200, 1e38, 0);
        assertThatThrownBy(() -> UpdateEvidence.of(
                        model(1), Set.of(Evidence.UNCERTAINTY), data("d.csv"), course, SEED, 1, Progress.NONE))
                .isInstanceOf(BadModelException.class)
                .hasMessageContaining("went astray");
    }
}
