package dev.coppice.pipeline.recover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Model;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.pipeline.Pipeline;
import dev.coppice.pipeline.data.sample.SampleModel;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.recipe.Settings;
import dev.coppice.pipeline.report.Receipt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Network slimming from the settings to the file, on the embedded digits. */
class SparseTrainingTest {

    /** With its BatchNormalization, and as exporters fold it away. */
    private static final Model NORMALISED = Dsl.model("""
            input x float[N,1,8,8]
            const k float[12,1,3,3] seed 1
            const gain float[12] fill 1
            const shift float[12] fill 0
            const mean float[12] fill 0
            const variance float[12] fill 1
            const w float[768,10] fill 0.001
            const b float[10] fill 0
            c = Conv(x, k) pads=[1,1,1,1]
            n = BatchNormalization(c, gain, shift, mean, variance)
            r = Relu(n)
            f = Flatten(r)
            y = Gemm(f, w, b)
            output y float[N,10]
            """);

    private static final Model FOLDED = Dsl.model("""
            input x float[N,1,8,8]
            const k float[12,1,3,3] seed 1
            const kb float[12] fill 0.1
            const w float[768,10] fill 0.001
            const b float[10] fill 0
            c = Conv(x, k, kb) pads=[1,1,1,1]
            r = Relu(c)
            f = Flatten(r)
            y = Gemm(f, w, b)
            output y float[N,10]
            """);

    @TempDir
    private Path folder;

    private Path normalised;
    private Path folded;
    private Path output;

    @BeforeEach
    void writeModels() {
        normalised = folder.resolve("normalised.onnx");
        folded = folder.resolve("folded.onnx");
        output = folder.resolve("out.onnx");
        OnnxWriter.write(NORMALISED, normalised);
        OnnxWriter.write(FOLDED, folded);
    }

    private Recipe recipe(Path model, Object... pairs) {
        var settings = new LinkedHashMap<String, Object>(
                Map.of("model", model.toString(), "output", output.toString(), "data", "digits", "threads", 1));
        for (int i = 0; i < pairs.length; i += 2) {
            settings.put(pairs[i].toString(), pairs[i + 1]);
        }
        return Recipe.of(new Settings("", settings));
    }

    private Object[] slimming(Object... more) {
        var all = new Object[] {
            "criterion",
            "bn-scale",
            "granularity",
            "channel",
            "sparsity",
            0.5,
            "l1-scale",
            0.02,
            "fine-tune",
            2,
            "lr",
            0.05
        };
        var both = Arrays.copyOf(all, all.length + more.length);
        System.arraycopy(more, 0, both, all.length, more.length);
        return both;
    }

    private static double accuracy(Receipt receipt) {
        return receipt.measurements().stream()
                .filter(measurement -> measurement.name().equals("top1"))
                .findFirst()
                .orElseThrow()
                .after();
    }

    private static List<String> names(Model model) {
        return model.graph().initializers().stream().map(Tensor::name).toList();
    }

    private static float[] values(Path file, String name) {
        var tensor = OnnxReader.read(file).graph().initializers().stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow();
        var values = new float[Math.toIntExact(tensor.size())];
        Elements.floats(tensor, 0, values, values.length);
        return values;
    }

    private double scales(double strength) {
        Pipeline.run(recipe(normalised, "epochs", 4, "l1-scale", strength), Progress.NONE);
        double sum = 0;
        for (float gain : values(output, "gain")) {
            sum += Math.abs(gain);
        }
        return sum;
    }

    @Test
    void thePenaltyShrinksScales() {
        double free = scales(0);
        assertThat(scales(0.02)).isLessThan(0.9 * free);
    }

    @Test
    void whatIsPrunedAfterSparseTrainingIsWhatHasTheSmallestScales() throws IOException {
        Pipeline.run(recipe(normalised, "epochs", 4, "l1-scale", 0.02), Progress.NONE);
        var trained = folder.resolve("trained.onnx");
        Files.move(output, trained);
        var gains = values(trained, "gain");
        var expected = IntStream.range(0, gains.length)
                .boxed()
                .sorted((a, b) -> Float.compare(Math.abs(gains[b]), Math.abs(gains[a])))
                .limit(6)
                .sorted()
                .map(i -> gains[i])
                .toList();
        Pipeline.run(
                recipe(trained, "criterion", "bn-scale", "granularity", "channel", "sparsity", 0.5), Progress.NONE);
        var left = values(output, "gain");
        assertThat(IntStream.range(0, left.length).mapToObj(i -> left[i]).toList())
                .isEqualTo(expected);
    }

    @Test
    void insertedScalesLeaveNoTrace() {
        var receipt = Pipeline.run(recipe(folded, "epochs", 4, "l1-scale", 0.02), Progress.NONE);
        var trained = OnnxReader.read(output);
        assertThat(names(trained)).containsExactlyInAnyOrderElementsOf(names(FOLDED));
        assertThat(trained.graph().nodes()).hasSize(4);
        assertThat(trained.graph().nodes().getFirst().outputs()).containsExactly("c");
        assertThat(accuracy(receipt)).isGreaterThan(0.8);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void foldedModelsAreTrainedCutAndTrained(int steps) {
        var receipt = Pipeline.run(recipe(folded, slimming("steps", steps, "schedule", "linear")), Progress.NONE);
        var cut = OnnxReader.read(output);
        assertThat(names(cut)).containsExactlyInAnyOrderElementsOf(names(FOLDED));
        assertThat(cut.graph().nodes()).hasSize(4);
        assertThat(values(output, "k")).hasSize(6 * 9);
        assertThat(accuracy(receipt)).isGreaterThan(0.8);
    }

    @Test
    void thePlanFitsTheModelAsItWasGiven() {
        var run = folder.resolve("run");
        Pipeline.run(recipe(folded, slimming("run", run.toString())), Progress.NONE);
        Pipeline.run(recipe(folded, "plan", run.resolve("plan.json").toString()), Progress.NONE);
        assertThat(values(output, "k")).hasSize(6 * 9);
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 46, 60})
    void stoppedAndResumedGivesTheSameBits(int batches) throws IOException {
        var interrupted = slimming("run", folder.resolve("run").toString());
        Interruption.assertSameBits(recipe(folded, slimming()), recipe(folded, interrupted), output, batches);
    }

    @Test
    void elsewhereItIsRefused() {
        assertThatThrownBy(() -> recipe(folded, "sparsity", 0.5, "fine-tune", 1, "l1-scale", 1e-4))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("'l1-scale' with criterion l1");
        assertThatThrownBy(() -> recipe(folded, "sparsity", 0.5, "l1-scale", 1e-4))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("without training");
        assertThatThrownBy(() -> recipe(folded, "epochs", 1, "l1-scale", -1.0)).isInstanceOf(UsageException.class);
        var mlp = folder.resolve("mlp.onnx");
        OnnxWriter.write(SampleModel.read(), mlp);
        assertThatThrownBy(() -> Pipeline.run(recipe(mlp, "epochs", 1, "l1-scale", 1e-4), Progress.NONE))
                .isInstanceOf(BadModelException.class)
                .hasMessageContaining("no channels with scales");
    }
}
