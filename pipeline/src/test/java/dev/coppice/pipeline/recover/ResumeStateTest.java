package dev.coppice.pipeline.recover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.pipeline.Pipeline;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.recipe.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a run goes on from is all that decides what comes next, and only that; on a small model with data of its own. */
class ResumeStateTest {

    private static final int SAMPLES = 48;
    private static final int BATCHES = 6; // of 8 samples

    @TempDir
    private Path folder;

    private Path output;
    private Path data;
    private Path run;

    @BeforeEach
    void write() throws IOException {
        output = folder.resolve("out.onnx");
        data = folder.resolve("data.csv");
        run = folder.resolve("run");
        OnnxWriter.write(Dsl.model("""
            input x float[N,6]
            const w1 float[6,16] seed 1
            const w2 float[16,16] seed 2
            const w3 float[16,3] seed 3
            const bias float[3] fill 0.0
            h = MatMul(x, w1)
            r = Relu(h)
            g = MatMul(r, w2)
            s = Add(r, g)
            t = Relu(s)
            y = Gemm(t, w3, bias)
            output y float[N,3]
            """), folder.resolve("m.onnx"));
        writeData(3);
    }

    private void writeData(int seed) throws IOException {
        var random = new Random(seed);
        var text = new StringBuilder();
        for (int i = 0; i < SAMPLES; i++) {
            for (int j = 0; j < 6; j++) {
                text.append("%.4f,".formatted(random.nextGaussian()));
            }
            text.append(i % 3).append('\n');
        }
        Files.writeString(data, text);
    }

    private Recipe recipe(boolean kept, Map<String, Object> more) {
        var settings = new LinkedHashMap<String, Object>();
        settings.put("model", folder.resolve("m.onnx").toString());
        settings.put("output", output.toString());
        settings.put("data", "csv:" + data);
        settings.put("threads", 1L);
        settings.put("batch", 8L);
        settings.put("lr", 0.02);
        settings.putAll(more);
        if (kept) {
            settings.put("run", run.toString());
        }
        return Recipe.of(new Settings("", settings));
    }

    private static Map<String, Object> settings(String text) {
        var settings = new LinkedHashMap<String, Object>();
        for (var setting : text.split(" ")) {
            settings.put(setting.substring(0, setting.indexOf('=')), setting.substring(setting.indexOf('=') + 1));
        }
        return settings;
    }

    private void interrupt(Map<String, Object> what, int steps) {
        assertThatThrownBy(() -> Pipeline.run(recipe(true, what), new StopAfter(steps)))
                .isInstanceOfSatisfying(
                        StoppedException.class,
                        stopped -> assertThat(stopped.hint()).isEqualTo("'coppice resume " + run + "' goes on"));
    }

    @Test
    void aGlobThatFreezesNothingIsRefused() {
        assertThatThrownBy(() -> Pipeline.run(recipe(false, settings("epochs=1 freeze=nope*")), Progress.NONE))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("'nope*' matches no constant");
        assertThat(output).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource({
        "fine-tune=2 sparsity=0.5",
        "distill=2 sparsity=0.5 label-weight=0.3 temperature=3",
        "distill=2 sparsity=0.5 feature-weight=4",
        "fine-tune=1 sparsity=0.8 schedule=cubic steps=3 ema=0.9",
        "fine-tune=1 sparsity=0.8 schedule=linear steps=3 regrow=0.3",
        "fine-tune=1 sparsity=0.8 schedule=linear steps=3 retrain=weight-rewind",
        "fine-tune=1 sparsity=0.8 schedule=linear steps=3 criterion=wanda calibrate=16 optimizer=adamw",
        "fine-tune=1 sparsity=0.5 granularity=channel schedule=linear steps=3",
        "distill=1 sparsity=0.5 granularity=channel schedule=linear steps=3 feature-weight=1",
        "epochs=3 augmented=no",
    })
    void everyKindOfRunIsResumedToTheSameBits(String text) throws IOException {
        var what = settings(text.replace(" augmented=no", ""));
        for (int steps : new int[] {0, 3, BATCHES, BATCHES + 4}) {
            Interruption.assertSameBits(recipe(false, what), recipe(true, what), output, steps);
            Files.delete(output);
        }
    }

    /** A learning rate that changes nothing: after the first epoch no mean loss is a better one, but for its rounding. */
    private static final Map<String, Object> STILL =
            Map.of("epochs", 12L, "patience", 2L, "lr", 1e-30, "weight-decay", 0);

    private long steps() throws IOException {
        return Files.readAllLines(run.resolve("metrics.jsonl")).size();
    }

    @Test
    void patienceEndsAStageThatNoLongerGetsBetter() throws IOException {
        Pipeline.run(recipe(true, STILL), Progress.NONE);
        assertThat(steps()).isGreaterThanOrEqualTo(3 * BATCHES).isLessThan(12 * BATCHES);
        assertThat(steps() % BATCHES).isZero();
    }

    @Test
    void patienceIsResumedToTheSameSteps() throws IOException {
        Pipeline.run(recipe(true, STILL), Progress.NONE);
        long undisturbed = steps();
        for (int stop = 0; stop < undisturbed - 1; stop++) {
            interrupt(STILL, stop);
            Pipeline.resume(recipe(true, STILL), Progress.NONE);
            assertThat(steps()).as("stopped after %d steps", stop + 1).isEqualTo(undisturbed);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sparsity=0.5 fine-tune=2", "sparsity=0.5 fine-tune=2 granularity=channel"})
    void dataThatWasRewrittenIsRefused(String text) throws IOException {
        var what = settings(text);
        interrupt(what, 8);
        var before = Files.readString(data);
        Files.writeString(data, before.replace(",2\n", ",1\n")); // labels alone
        assertThatThrownBy(() -> Pipeline.resume(recipe(true, what), Progress.NONE))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("data 'csv:" + data + "' has changed");
        assertThat(output).doesNotExist();
        Files.writeString(data, before);
        Pipeline.resume(recipe(true, what), Progress.NONE);
        assertThat(output).exists();
    }

    @ParameterizedTest
    @ValueSource(strings = {"unstructured", "channel"})
    void aKillBetweenStepsCostsTimeOnly(String granularity) throws IOException {
        var what = settings("sparsity=0.5 fine-tune=1 schedule=linear steps=3 granularity=" + granularity);
        Pipeline.run(recipe(false, what), Progress.NONE);
        var undisturbed = Files.readAllBytes(output);
        for (int step = 1; step < 3; step++) {
            Files.delete(output);
            Interruption.killBeforeCut(recipe(true, what), step);
            Pipeline.resume(recipe(true, what), Progress.NONE);
            assertThat(Files.readAllBytes(output)).isEqualTo(undisturbed);
        }
        assertThat(steps()).as("each step is told once").isEqualTo(3 * BATCHES);
    }

    @Test
    void dataThatWasRewrittenBetweenTheStepsOfACutIsRefused() throws IOException {
        var what = settings("sparsity=0.5 fine-tune=1 granularity=channel schedule=linear steps=3");
        Interruption.killBeforeCut(recipe(true, what), 1);
        writeData(4);
        assertThatThrownBy(() -> Pipeline.resume(recipe(true, what), Progress.NONE))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("has changed since");
    }

    @Test
    void aPlanOrAStateToRewindToThatWasRewrittenIsRefused() throws IOException {
        var early = folder.resolve("early.onnx");
        Files.copy(folder.resolve("m.onnx"), early);
        var what = settings("sparsity=0.5 fine-tune=2 retrain=weight-rewind rewind-to=" + early);
        interrupt(what, 3);
        var bytes = Files.readAllBytes(early);
        bytes[bytes.length / 2] ^= 1;
        Files.write(early, bytes);
        assertThatThrownBy(() -> Pipeline.resume(recipe(true, what), Progress.NONE))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("has changed since the checkpoints");
    }

    @Test
    void aCutModelOfWhichABitIsFlippedIsRefused() throws IOException {
        var what = settings("sparsity=0.5 fine-tune=1 granularity=channel schedule=linear steps=3");
        interrupt(what, BATCHES + 2);
        Files.delete(run.resolve("step-1/cut.onnx")); // nobody needs it any more
        var file = run.resolve("step-2/cut.onnx");
        var whole = Files.readAllBytes(file);
        for (int at : new int[] {0, whole.length / 3, whole.length / 2, whole.length - 2}) {
            var changed = whole.clone();
            changed[at] ^= 4;
            Files.write(file, changed);
            assertThatThrownBy(() -> Pipeline.resume(recipe(true, what), Progress.NONE))
                    .as("byte %d", at)
                    .isInstanceOfAny(BadInputException.class, dev.coppice.ir.BadModelException.class);
        }
        assertThat(output).doesNotExist();
        Files.write(file, whole);
        Pipeline.resume(recipe(true, what), Progress.NONE);
        assertThat(output).exists();
    }

    @Test
    void stepsOfAnEarlierVersionAreRefused() throws IOException {
        var what = settings("sparsity=0.5 fine-tune=1 granularity=channel schedule=linear steps=3");
        Files.createDirectories(run.resolve("step-1"));
        Files.writeString(run.resolve("step-1/sealed.json"), "{}");
        assertThatThrownBy(() -> Pipeline.resume(recipe(true, what), Progress.NONE))
                .isInstanceOfSatisfying(
                        BadInputException.class, e -> assertThat(e.hint()).contains("begin anew"))
                .hasMessageContaining("earlier version");
    }

    @Test
    void anEarlierRunsPlanIsNotToldOfALaterOne() throws IOException {
        Pipeline.run(recipe(true, settings("sparsity=0.9 fine-tune=1")), Progress.NONE);
        var train = settings("epochs=2");
        Interruption.assertSameBits(recipe(false, train), recipe(true, train), output, 4);
    }
}
