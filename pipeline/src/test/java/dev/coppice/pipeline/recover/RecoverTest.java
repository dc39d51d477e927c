package dev.coppice.pipeline.recover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.Elements;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.host.Parallel;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.pipeline.Pipeline;
import dev.coppice.pipeline.data.sample.SampleModel;
import dev.coppice.pipeline.measure.WeightCounts;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.recipe.Settings;
import dev.coppice.pipeline.report.Receipt;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Trains the embedded digits model, on the data that it was made from. */
class RecoverTest {

    @TempDir
    private Path folder;

    private Path model;
    private Path output;

    @BeforeEach
    void writeModel() {
        model = folder.resolve("dense.onnx");
        output = folder.resolve("out.onnx");
        OnnxWriter.write(SampleModel.read(), model);
    }

    /** Returns a recipe whose learning rate is the default without any trial of it. */
    private Recipe recipe(Object... pairs) {
        var settings = settings(pairs);
        if (trains(pairs)) {
            settings.putIfAbsent(
                    "lr", settings.get("optimizer") instanceof String name && name.equals("adamw") ? 5e-4 : 0.05);
        }
        return Recipe.of(new Settings("", settings));
    }

    private static boolean trains(Object... pairs) {
        return Arrays.stream(pairs).anyMatch(List.of("fine-tune", "distill", "epochs")::contains);
    }

    private LinkedHashMap<String, Object> settings(Object... pairs) {
        var settings = new LinkedHashMap<String, Object>(
                Map.of("model", model.toString(), "output", output.toString(), "data", "digits", "threads", 1));
        if (trains(pairs)) {
            settings.put("batch", 32);
        }
        for (int i = 0; i < pairs.length; i += 2) {
            settings.put(pairs[i].toString(), pairs[i + 1]);
        }
        return settings;
    }

    private static double accuracy(Receipt receipt) {
        return receipt.measurements().stream()
                .filter(measurement -> measurement.name().equals("top1"))
                .findFirst()
                .orElseThrow()
                .after();
    }

    private static long zeros(Receipt receipt) {
        return receipt.layers().stream().mapToLong(Receipt.Layer::zeros).sum();
    }

    @Test
    void trainingBeginsWithWhatWasRepaired() {
        Pipeline.run(recipe("sparsity", 0.9, "repair", "bias"), Progress.NONE);
        float[] repaired = elements();
        Pipeline.run(recipe("sparsity", 0.9, "repair", "bias", "fine-tune", 0.1, "lr", 1e-9), Progress.NONE);
        assertThat(elements()).containsExactly(repaired, within(1e-6f));
    }

    @Test
    void fineTuningRecoversWhatPruningCost() {
        double pruned = accuracy(Pipeline.run(recipe("sparsity", 0.95), Progress.NONE));
        double tuned = accuracy(Pipeline.run(recipe("sparsity", 0.95, "fine-tune", 5), Progress.NONE));
        assertThat(tuned).isGreaterThan(pruned + 0.2);
    }

    @Test
    void distillationNeedsNoLabels() {
        double pruned = accuracy(Pipeline.run(recipe("sparsity", 0.95), Progress.NONE));
        double distilled = accuracy(Pipeline.run(recipe("sparsity", 0.95, "distill", 5), Progress.NONE));
        assertThat(distilled).isGreaterThan(pruned + 0.2);
    }

    @Test
    void harmIsSaid() {
        var harmed = Pipeline.run(recipe("sparsity", 0.1, "distill", 4, "lr", 3, "clip", 1), Progress.NONE);
        assertThat(harmed.notes())
                .anyMatch(note -> note.startsWith("training made it worse: the mean loss rose from "));
        var helped = Pipeline.run(recipe("sparsity", 0.95, "distill", 4), Progress.NONE);
        assertThat(helped.notes()).noneMatch(note -> note.contains("worse"));
    }

    @Test
    void aRateThatWasNotGivenIsLoweredWhereItDoesHarm() throws IOException {
        // Inputs a hundred times as large: the gradients are, too.
        Object[] bright = {"sparsity", 0.3, "fine-tune", 4, "std", 0.01};
        var open = Recipe.of(new Settings("", settings(bright)));
        var found = Pipeline.run(open, Progress.NONE);
        assertThat(found.reached()).isTrue();
        assertThat(found.notes()).anyMatch(note -> note.startsWith("the learning rate rises to "));
        assertThat(found.notes()).noneMatch(note -> note.contains("worse") || note.contains("stopped"));
        assertThat(accuracy(found)).isGreaterThan(accuracy(Pipeline.run(recipe(bright), Progress.NONE)) + 0.2);
        for (int steps : new int[] {15, 75}) { // during a trial, and after them
            var kept = settings(bright);
            kept.put("run", folder.resolve("run" + steps).toString());
            Interruption.assertSameBits(open, Recipe.of(new Settings("", kept)), output, steps);
        }
    }

    @Test
    void labelsCanBeMixedIntoDistillation() {
        var mixed = recipe("sparsity", 0.95, "distill", 5, "label-weight", 0.5, "temperature", 4);
        double pruned = accuracy(Pipeline.run(recipe("sparsity", 0.95), Progress.NONE));
        assertThat(accuracy(Pipeline.run(mixed, Progress.NONE))).isGreaterThan(pruned + 0.2);
        assertThatThrownBy(() -> recipe("sparsity", 0.5, "distill", 1, "label-weight", 1.0))
                .isInstanceOf(UsageException.class);
        assertThatThrownBy(() -> recipe("sparsity", 0.5, "fine-tune", 1, "label-weight", 0.5))
                .isInstanceOf(UsageException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sgd", "adamw"})
    void countsStayExactThroughTraining(String optimizer) {
        var untrained = Pipeline.run(recipe("sparsity", 0.9, "allocate", "lamp"), Progress.NONE);
        var trained = Pipeline.run(
                recipe("sparsity", 0.9, "allocate", "lamp", "fine-tune", 1, "optimizer", optimizer, "ema", 0.9),
                Progress.NONE);
        assertThat(zeros(trained)).isEqualTo(zeros(untrained));
        assertThat(trained.reached()).isTrue();
    }

    @Test
    void stepsEndAtTheExactBudget() {
        var receipt = Pipeline.run(
                recipe("max-nonzeros", 500, "allocate", "global", "schedule", "cubic", "steps", 3, "fine-tune", 0.5),
                Progress.NONE);
        long size = receipt.layers().stream().mapToLong(Receipt.Layer::size).sum();
        assertThat(size - zeros(receipt)).isEqualTo(500);
    }

    @Test
    void trainingAloneChangesWeightsAndPrunesNothing() throws IOException {
        var receipt = Pipeline.run(recipe("epochs", 1), Progress.NONE);
        assertThat(receipt.layers()).isEmpty();
        assertThat(receipt.reached()).isTrue();
        assertThat(Files.readAllBytes(output)).isNotEqualTo(Files.readAllBytes(model));
        assertThat(accuracy(receipt)).isGreaterThan(0.9);
    }

    @ParameterizedTest
    @EnumSource(Retrain.class)
    void everyWayToRetrainRuns(Retrain retrain) {
        var receipt = Pipeline.run(
                recipe("sparsity", 0.8, "fine-tune", 2, "retrain", retrain.label(), "lr", 0.02), Progress.NONE);
        assertThat(accuracy(receipt)).isGreaterThan(0.8);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 45, 60})
    void stoppedAndResumedGivesTheSameBits(int steps) throws IOException {
        stopAndResume(
                steps,
                "sparsity",
                0.9,
                "schedule",
                "linear",
                "steps",
                2,
                "fine-tune",
                1,
                "optimizer",
                "adamw",
                "ema",
                0.95);
    }

    @Test
    void regrowingChangesWhichWeightsAreKeptButNotHowMany() {
        var what = new Object[] {"sparsity", 0.9, "schedule", "linear", "steps", 3, "fine-tune", 1};
        var still = Pipeline.run(recipe(what), Progress.NONE);
        var kept = kept();
        var moved = Pipeline.run(recipe(append(what, "regrow", 0.3)), Progress.NONE);
        assertThat(zeros(moved)).isEqualTo(zeros(still));
        assertThat(moved.reached()).isTrue();
        assertThat(accuracy(moved)).isGreaterThan(0.8);
        assertThat(kept()).isNotEqualTo(kept);
    }

    /** Returns which weights of the output are no zeros. */
    private List<Boolean> kept() {
        var kept = new ArrayList<Boolean>();
        for (float element : elements()) {
            kept.add(element != 0);
        }
        return kept;
    }

    /** Returns the elements of all constants of the output. */
    private float[] elements() {
        var constants = OnnxReader.read(output).graph().initializers();
        var all = FloatBuffer.allocate(
                constants.stream().mapToInt(tensor -> (int) tensor.size()).sum());
        for (var tensor : constants) {
            var values = new float[(int) tensor.size()];
            Elements.floats(tensor, 0, values, values.length);
            all.put(values);
        }
        return all.array();
    }

    @Test
    void regrowingIsResumedToTheSameBits() throws IOException {
        stopAndResume(60, "sparsity", 0.9, "schedule", "linear", "steps", 3, "fine-tune", 1, "regrow", 0.3);
    }

    @Test
    void keptTeacherOutputsAreResumedToTheSameBits() throws IOException {
        var cache = folder.resolve("cache").toString();
        var what = new Object[] {"sparsity", 0.9, "distill", 2, "cache-teacher", cache};
        Pipeline.run(recipe(what), Progress.NONE);
        var withEmptyCache = Files.readAllBytes(output);
        int batches = files(folder.resolve("cache")).size();
        stopAndResume(50, what);
        assertThat(Files.readAllBytes(output)).isEqualTo(withEmptyCache);
        assertThat(files(folder.resolve("cache")))
                .as("two epochs have the same batches")
                .hasSize(batches);
        assertThat(batches)
                .isEqualTo(
                        Files.readAllLines(folder.resolve("run/metrics.jsonl")).size() / 2);
    }

    private void stopAndResume(int steps, Object... what) throws IOException {
        var interrupted = append(what, "run", folder.resolve("run").toString());
        Interruption.assertSameBits(recipe(what), recipe(interrupted), output, steps);
    }

    @Test
    void whatRegrowingAndCachingCannotDoIsRefused() {
        assertThatThrownBy(() -> recipe("sparsity", 0.5, "fine-tune", 1, "regrow", 0.3))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("single step");
        assertThatThrownBy(() ->
                        recipe("sparsity", 0.5, "fine-tune", 1, "steps", 2, "granularity", "channel", "regrow", 0.3))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("channel");
        assertThatThrownBy(() -> recipe("sparsity", 0.5, "fine-tune", 1, "cache-teacher", "c"))
                .isInstanceOf(UsageException.class);
        assertThatThrownBy(() -> recipe("sparsity", 0.5, "distill", 1, "cache-teacher", "c", "augment", "flip"))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("augment");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8, 30})
    void gradientsThatWaitForAStepAreNotLostByStopping(int steps) throws IOException {
        var what = new Object[] {"sparsity", 0.9, "schedule", "linear", "steps", 2, "fine-tune", 0.5, "accumulate", 3};
        stopAndResume(steps / 3, what);
    }

    @Test
    void metricsTellEveryStepOnce() throws IOException {
        var what = new Object[] {
            "sparsity", 0.5, "fine-tune", 1, "run", folder.resolve("run").toString()
        };
        assertThatThrownBy(() -> Pipeline.run(recipe(what), new StopAfter(9))).isInstanceOf(StoppedException.class);
        Pipeline.resume(recipe(what), Progress.NONE);
        var lines = Files.readAllLines(folder.resolve("run/metrics.jsonl"));
        for (int i = 0; i < lines.size(); i++) {
            assertThat(lines.get(i)).contains("\"step\":" + i + ",");
        }
        assertThat(lines).hasSizeGreaterThan(30);
    }

    @Test
    void aDamagedCheckpointGivesWayToTheOneBefore() throws IOException {
        var what = new Object[] {"sparsity", 0.5, "schedule", "linear", "steps", 2, "fine-tune", 1};
        Pipeline.run(recipe(what), Progress.NONE);
        var undisturbed = Files.readAllBytes(output);
        var interrupted = append(what, "run", folder.resolve("run").toString());
        assertThatThrownBy(() -> Pipeline.run(recipe(interrupted), new StopAfter(50)))
                .isInstanceOf(StoppedException.class);
        var checkpoints = checkpoints();
        assertThat(checkpoints).hasSize(2);
        var newest = Files.readAllBytes(checkpoints.getLast());
        newest[newest.length - 1] ^= 1;
        Files.write(checkpoints.getLast(), newest);
        Pipeline.resume(recipe(interrupted), Progress.NONE);
        assertThat(Files.readAllBytes(output)).isEqualTo(undisturbed);
    }

    @Test
    void onlyDamagedCheckpointsAreAnError() throws IOException {
        var what = new Object[] {
            "sparsity", 0.5, "fine-tune", 1, "run", folder.resolve("run").toString()
        };
        assertThatThrownBy(() -> Pipeline.run(recipe(what), new StopAfter(9))).isInstanceOf(StoppedException.class);
        for (var checkpoint : checkpoints()) {
            Files.write(checkpoint, new byte[] {1, 2, 3});
        }
        assertThatThrownBy(() -> Pipeline.resume(recipe(what), Progress.NONE))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("checkpoint");
        assertThat(output).doesNotExist();
    }

    @Test
    void theCheckpointsOfAnotherRecipeAreRefused() {
        var run = folder.resolve("run").toString();
        assertThatThrownBy(() -> Pipeline.run(recipe("sparsity", 0.5, "fine-tune", 1, "run", run), new StopAfter(9)))
                .isInstanceOf(StoppedException.class);
        assertThatThrownBy(() -> Pipeline.resume(recipe("sparsity", 0.6, "fine-tune", 1, "run", run), Progress.NONE))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("has changed since the checkpoints in " + run);
    }

    @Test
    void aRateThatExplodesEndsInTheLastGoodState() {
        var receipt =
                Pipeline.run(recipe("sparsity", 0.5, "fine-tune", 3, "lr", 1e30, "retrain", "constant"), Progress.NONE);
        assertThat(receipt.reached()).isFalse();
        assertThat(receipt.notes()).anyMatch(note -> note.contains("training stopped") && note.contains("--lr"));
        for (float element : elements()) {
            assertThat(element).isFinite();
        }
    }

    @Test
    void aWeightThatIsPrunedButFrozenIsRefused() {
        assertThatThrownBy(() -> Pipeline.run(recipe("sparsity", 0.5, "fine-tune", 1, "freeze", "*"), Progress.NONE))
                .hasMessageContaining("no weight that can be trained");
        var name = OnnxReader.read(model).graph().initializers().getFirst().name();
        assertThatThrownBy(() -> Pipeline.run(recipe("sparsity", 0.5, "fine-tune", 1, "freeze", name), Progress.NONE))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining(name);
        assertThat(output).doesNotExist();
    }

    @Test
    void whatContradictsItselfIsRefused() {
        assertThatThrownBy(() -> recipe("sparsity", 0.5, "lr", 0.1)).isInstanceOf(UsageException.class);
        assertThatThrownBy(() -> recipe("sparsity", 0.5, "fine-tune", 1, "distill", 1))
                .isInstanceOf(UsageException.class);
        assertThatThrownBy(() -> recipe("epochs", 1, "sparsity", 0.5)).isInstanceOf(UsageException.class);
    }

    @Test
    void rewoundWeightsStartFromTheEarlierState() {
        var recipe =
                recipe("sparsity", 0.5, "fine-tune", 0.01, "retrain", "weight-rewind", "lr", 1e-9, "weight-decay", 0);
        assertThat(Pipeline.run(recipe, Progress.NONE).reached()).isTrue();
        double dense = new WeightCounts(Parallel.ONE).of(OnnxReader.read(model)).nonZeros();
        long after = new WeightCounts(Parallel.ONE).of(OnnxReader.read(output)).nonZeros();
        assertThat(after / dense).isCloseTo(0.5, within(0.03));
    }

    private List<Path> checkpoints() throws IOException {
        return files(folder.resolve("run/checkpoints"));
    }

    private static List<Path> files(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            return files.sorted().toList();
        }
    }

    private static Object[] append(Object[] array, Object... more) {
        var all = Arrays.copyOf(array, array.length + more.length);
        System.arraycopy(more, 0, all, array.length, more.length);
        return all;
    }
}
