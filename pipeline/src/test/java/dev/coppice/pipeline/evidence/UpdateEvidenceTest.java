package dev.coppice.pipeline.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Model;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.pipeline.Pipeline;
import dev.coppice.pipeline.data.Batching;
import dev.coppice.pipeline.data.ModelInputs;
import dev.coppice.pipeline.data.TrainingData;
import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.spec.DataSpec;
import dev.coppice.pipeline.evidence.UpdateEvidence.Course;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.recipe.Settings;
import dev.coppice.prune.score.Evidence;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Holds what training tells against a direct loop of gradient descent, of softmax regression, in float64. */
class UpdateEvidenceTest {

    private static final int SIZE = SoftmaxRegression.SIZE;
    private static final long SEED = 3;
    private static final double[] W = SoftmaxRegression.W.clone();

    @TempDir
    private Path folder;

    @BeforeEach
    void write() throws IOException {
        SoftmaxRegression.writeData(folder.resolve("d.csv"), 1);
    }

    private static Model model(double scale) {
        return SoftmaxRegression.model(scale);
    }

    private CalibrationData data(String name) {
        return new CalibrationData(
                DataSpec.parse("csv:" + folder.resolve(name)), DataOptions.defaults(), ModelInputs.of(model(1)), 1000);
    }

    /**
     * What a loop found that reads like the definition.
     *
     * @param updates of each step
     * @param moved sum of -w g
     */
    private record Descent(List<double[]> updates, double[] moved) {}

    private Descent descent(Course course) {
        var source = TrainingData.open(
                data("d.csv").spec(), data("d.csv").limited(), ModelInputs.of(model(1)), Batching.of(16, SEED));
        var updates = new ArrayList<double[]>();
        var moved = new double[SIZE];
        var w = W.clone();
        for (int epoch = 0; updates.size() < course.steps(); epoch++) {
            try (var batches = source.epoch(epoch, 0)) {
                var batch = batches.next();
                while (batch != null && updates.size() < course.steps()) {
                    var g = SoftmaxRegression.gradient(w, batch);
                    double norm = Math.sqrt(Arrays.stream(g).map(v -> v * v).sum());
                    double factor = norm > course.clip() ? course.clip() / norm : 1;
                    Arrays.setAll(g, i -> g[i] * factor);
                    Arrays.setAll(moved, i -> moved[i] - w[i] * g[i]);
                    Arrays.setAll(w, i -> w[i] - course.rate() * g[i]);
                    updates.add(Arrays.stream(g).map(v -> -course.rate() * v).toArray());
                    batch = batches.next();
                }
            }
        }
        return new Descent(updates, moved);
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
        var expected = uncertainty(descent(course).updates());
        for (int i = 0; i < SIZE; i++) {
            assertThat(found.at(0, 0, i)).as("weight %d", i).isCloseTo(expected[i], within(1e-4 * expected[i]));
        }
    }

    @Test
    void movementIsTheSumOverTheSteps() {
        var course = new Course(50, 0.1, 0.5);
        var kind = Evidence.MOVEMENT;
        var found = UpdateEvidence.of(model(1), Set.of(kind), data("d.csv"), course, SEED, 1, Progress.NONE)
                .of(kind, "w");
        var expected = descent(course).moved();
        for (int i = 0; i < SIZE; i++) {
            assertThat(found.at(0, 0, i)).as("weight %d", i).isCloseTo(expected[i], within(1e-4));
        }
    }

    /** Inputs four times as small and weights four times as large, with updates four times as large: a rate of sixteen times. */
    @Test
    void scalingALayerScalesItsUncertainty() throws IOException {
        SoftmaxRegression.writeData(folder.resolve("small.csv"), 0.25);
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
        var settings = new LinkedHashMap<String, Object>(Map.of(
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
                    .sorted(Comparator.comparingDouble((int[] unit) ->
                            Arrays.stream(unit).mapToDouble(i -> scores[i]).sum()))
                    .limit(set.length / 2)
                    .forEach(unit -> Arrays.stream(unit).forEach(i -> pruned[i] = true));
        }
        return pruned;
    }

    private double[] scores(String criterion) {
        var descent = descent(Course.SHORT);
        if (criterion.equals("movement")) {
            return descent.moved();
        }
        var uncertainty = uncertainty(descent.updates());
        return IntStream.range(0, SIZE)
                .mapToDouble(i -> Math.abs(W[i]) / uncertainty[i])
                .toArray();
    }

    @ParameterizedTest
    @CsvSource({
        "magnitude-uncertainty, unstructured",
        "magnitude-uncertainty, 2:4",
        "magnitude-uncertainty, row",
        "magnitude-uncertainty, block:2x1",
        "movement, unstructured",
        "movement, 2:4",
        "movement, row",
        "movement, block:2x1"
    })
    void theLowestScoresGo(String criterion, String granularity) {
        var before = folder.resolve("m.onnx");
        var after = folder.resolve("p.onnx");
        OnnxWriter.write(model(1), before);
        var spec = data("d.csv").spec().text();
        Pipeline.run(recipe(before, after, criterion, granularity, "data", spec), Progress.NONE);
        var left = SoftmaxRegression.floats(
                OnnxReader.read(after).graph().initializers().getFirst());
        var expected = pruned(scores(criterion), granularity);
        for (int i = 0; i < SIZE; i++) {
            assertThat(left[i]).as("weight %d", i).isEqualTo(expected[i] ? 0 : (float) W[i]);
        }
    }

    @Test
    void withoutDataItIsRefused() {
        assertThatThrownBy(() -> recipe(
                        folder.resolve("m.onnx"), folder.resolve("p.onnx"), "magnitude-uncertainty", "unstructured"))
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
