package dev.coppice.pipeline.recover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.coppice.ir.Model;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.pipeline.Pipeline;
import dev.coppice.pipeline.data.Batching;
import dev.coppice.pipeline.data.TrainingData;
import dev.coppice.pipeline.data.sample.SampleModel;
import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.spec.DataSpec;
import dev.coppice.pipeline.evidence.SoftmaxRegression;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.recipe.Settings;
import dev.coppice.prune.score.Evidence;
import dev.coppice.prune.score.Findings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How weights move while training goes on between the steps of pruning. */
class MovementTest {

    private static final long SEED = 5;
    private static final double RATE = 0.1;

    @TempDir
    private Path folder;

    private Recipe recipe(Object... pairs) {
        var settings = new LinkedHashMap<String, Object>(Map.of(
                "model",
                folder.resolve("m.onnx").toString(),
                "output",
                folder.resolve("p.onnx").toString(),
                "criterion",
                "movement",
                "schedule",
                "linear",
                "threads",
                1,
                "seed",
                SEED));
        for (int i = 0; i < pairs.length; i += 2) {
            settings.put(pairs[i].toString(), pairs[i + 1]);
        }
        return Recipe.of(new Settings("", settings));
    }

    /** What two stages of one epoch tell, by a loop in float64: gradient descent with Nesterov's momentum. */
    private static List<double[]> expected(DataSpec data, Model model) {
        var source =
                TrainingData.open(data, DataOptions.defaults(), model.graph().inputs(), Batching.of(16, SEED));
        var w = SoftmaxRegression.weights();
        var stages = new ArrayList<double[]>();
        for (int stage = 0; stage < 2; stage++) {
            var moved = new double[w.length];
            var momentum = new double[w.length];
            try (var batches = source.epoch(stage, 0)) {
                for (var batch = batches.next(); batch != null; batch = batches.next()) {
                    var g = SoftmaxRegression.gradient(w, batch);
                    for (int i = 0; i < w.length; i++) {
                        moved[i] -= w[i] * g[i];
                        momentum[i] = 0.9 * momentum[i] + g[i];
                        w[i] -= RATE * (g[i] + 0.9 * momentum[i]);
                    }
                }
            }
            stages.add(moved);
        }
        return stages;
    }

    @Test
    void eachStepSeesTheSumSinceTheOneBefore() throws IOException {
        SoftmaxRegression.writeData(folder.resolve("d.csv"), 1);
        var model = SoftmaxRegression.model(1);
        var recipe = recipe(
                "data",
                "csv:" + folder.resolve("d.csv"),
                "sparsity",
                0.5,
                "steps",
                2,
                "fine-tune",
                1,
                "batch",
                16,
                "lr",
                RATE,
                "retrain",
                "constant",
                "weight-decay",
                0.0);
        var data = recipe.data().orElseThrow();
        var seen = new ArrayList<Findings>();
        var job = new Recover.Job(
                model,
                new Recover.Teacher(model, "", _ -> List.of()),
                recipe.recovery().orElseThrow(),
                data.spec(),
                data.options(),
                SEED,
                1,
                true);
        try (var training = new Recover(job, 0, Optional.empty(), Progress.NONE)) {
            for (int stage = 0; stage < 2; stage++) {
                seen.add(training.learnt());
                training.train(stage, training.current());
            }
            seen.add(training.learnt());
        }
        assertThat(seen).hasSize(3);
        assertThat(seen.getFirst().kinds()).isEmpty();
        var expected = expected(data.spec(), model);
        requireSame(seen.get(1), expected.getFirst());
        requireSame(seen.getLast(), expected.getLast());
    }

    private static void requireSame(Findings learnt, double[] expected) {
        var values = learnt.of(Evidence.MOVEMENT, "w");
        for (int i = 0; i < expected.length; i++) {
            assertThat(values.at(0, 0, i)).as("weight %d", i).isCloseTo(expected[i], within(1e-4));
        }
    }

    private Object[] digits(String granularity, Object... more) {
        var all = new Object[] {
            "data",
            "digits",
            "granularity",
            granularity,
            "sparsity",
            0.5,
            "steps",
            3,
            "fine-tune",
            1,
            "batch",
            64,
            "lr",
            0.05
        };
        var both = Arrays.copyOf(all, all.length + more.length);
        System.arraycopy(more, 0, both, all.length, more.length);
        return both;
    }

    @ParameterizedTest
    @CsvSource({
        "unstructured, 1",
        "unstructured, 30",
        "unstructured, 50",
        "channel, 10",
        "channel, 23",
        "channel, 30",
        "channel, 50"
    })
    void stoppedAndResumedGivesTheSameBits(String granularity, int steps) throws IOException {
        OnnxWriter.write(SampleModel.read(), folder.resolve("m.onnx"));
        var output = folder.resolve("p.onnx");
        var interrupted = digits(granularity, "run", folder.resolve("run").toString());
        Interruption.assertSameBits(recipe(digits(granularity)), recipe(interrupted), output, steps);
    }

    @Test
    void aCutThatWasLostIsMadeAgainByWhatTheTrainingBeforeItHasTold() throws IOException {
        OnnxWriter.write(SampleModel.read(), folder.resolve("m.onnx"));
        var output = folder.resolve("p.onnx");
        Pipeline.run(recipe(digits("channel")), Progress.NONE);
        var undisturbed = Files.readAllBytes(output);
        var run = folder.resolve("run");
        var interrupted = digits("channel", "run", run.toString());
        Interruption.killBeforeCut(recipe(interrupted), 1);
        Pipeline.resume(recipe(interrupted), Progress.NONE);
        assertThat(Files.readAllBytes(output)).isEqualTo(undisturbed);
    }
}
