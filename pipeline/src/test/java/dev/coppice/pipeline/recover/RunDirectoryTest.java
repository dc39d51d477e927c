package dev.coppice.pipeline.recover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.UsageException;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.pipeline.Pipeline;
import dev.coppice.pipeline.data.sample.SampleModel;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.recipe.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs that meet in one directory, at once or one after the other. */
class RunDirectoryTest {

    @TempDir
    private Path folder;

    private Path output;

    @BeforeEach
    void writeModel() {
        OnnxWriter.write(SampleModel.read(), folder.resolve("m.onnx"));
        output = folder.resolve("p.onnx");
    }

    private Recipe recipe(double sparsity, Map<String, Object> more) {
        return recipe(sparsity, more, Map.of());
    }

    /** @param over put over the other settings; a target there replaces the sparsity */
    private Recipe recipe(double sparsity, Map<String, Object> more, Map<String, Object> over) {
        var settings = new LinkedHashMap<String, Object>(more);
        settings.put("model", folder.resolve("m.onnx").toString());
        settings.put("output", output.toString());
        settings.put("data", "digits");
        settings.put("threads", 1L);
        settings.put("granularity", "channel");
        settings.put("sparsity", sparsity);
        settings.put("schedule", "linear");
        settings.put("steps", 2L);
        settings.put("fine-tune", 1L);
        settings.put("batch", 64L);
        if (over.containsKey("max-macs") || over.containsKey("max-nonzeros")) {
            settings.remove("sparsity");
        }
        settings.putAll(over);
        return Recipe.of(new Settings("", settings));
    }

    private Map<String, Object> run() {
        return Map.of("run", folder.resolve("run").toString());
    }

    @Test
    void aRunThatIsStillWorkingIsNotDisturbedByAnother() throws IOException {
        Pipeline.run(recipe(0.5, Map.of()), Progress.NONE);
        var undisturbed = Files.readAllBytes(output);
        var recipe = recipe(0.5, run());
        var meddling = new Meddling(() -> Pipeline.resume(recipe, Progress.NONE));
        Pipeline.run(recipe, meddling);
        assertThat(meddling.tried).isTrue();
        assertThat(Files.readAllBytes(output)).isEqualTo(undisturbed);
    }

    @Test
    void stepsOfAnEarlierRunAreNotTakenForThoseOfALaterOne() throws IOException {
        Pipeline.run(recipe(0.7, run()), Progress.NONE);
        Interruption.assertSameBits(recipe(0.3, Map.of()), recipe(0.3, run()), output, 3);
    }

    @ParameterizedTest
    @CsvSource({"channel, max-macs, 0.05, uniform", "unstructured, max-nonzeros, 1, lamp"})
    void whatCouldNotBeDoneIsSaidAfterResumingToo(String granularity, String target, String least, String allocate)
            throws IOException {
        var settings = new LinkedHashMap<String, Object>(
                Map.of("granularity", granularity, target, number(least), "allocate", allocate, "steps", 1L));
        if (granularity.equals("channel")) {
            settings.put("min-kept", 0.5);
        }
        var undisturbed = recipe(0.5, Map.of(), settings);
        Interruption.assertSameBits(undisturbed, recipe(0.5, run(), settings), output, 10);
        assertThat(Pipeline.run(undisturbed, Progress.NONE).reached()).isFalse();
    }

    private static Object number(String text) {
        return text.contains(".") ? (Object) Double.valueOf(text) : Long.valueOf(text);
    }

    /** Tries something once, in the middle of training, that must be refused. */
    private static final class Meddling implements Progress {
        private final Runnable other;
        private boolean tried;

        Meddling(Runnable other) {
            this.other = other;
        }

        @Override
        public void update(Event event) {
            if (!tried && event.figures().containsKey(Figure.LOSS)) {
                tried = true;
                assertThatThrownBy(other::run)
                        .isInstanceOf(UsageException.class)
                        .hasMessageContaining("another run is working in");
            }
        }
    }
}
