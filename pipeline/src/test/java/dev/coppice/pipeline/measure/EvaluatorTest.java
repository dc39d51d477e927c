package dev.coppice.pipeline.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.within;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.BadModelException;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.spec.DataSpec;
import dev.coppice.pipeline.progress.Progress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluatorTest {

    /** The logits are the data itself. */
    private static final String PASS = """
            input x float[n,6]
            y = Identity(x)
            output y float[n,6]
            """;

    /** Row 1: its label leads. Row 2: second of two equal logits. Row 3: last of all. */
    private static final String ROWS = "9,1,2,3,4,5,0\n1,7,7,3,4,5,2\n1,2,3,4,5,0,5\n";

    @TempDir
    private Path folder;

    private Path model(String name, String text) {
        var file = folder.resolve(name);
        OnnxWriter.write(Dsl.model(text), file);
        return file;
    }

    private DataSpec csv(String rows) throws IOException {
        return DataSpec.parse("csv:" + Files.writeString(folder.resolve("rows.csv"), rows));
    }

    private static Quality evaluate(Path model, DataSpec data) {
        return Evaluator.evaluate(Evaluation.of(model, data, DataOptions.defaults()), Progress.NONE);
    }

    @Test
    void topOneAndTopFiveCountHits() throws IOException {
        var quality = evaluate(model("pass.onnx", PASS), csv(ROWS));
        assertThat(quality.metric()).isEqualTo("top1");
        assertThat(quality.value()).isEqualTo(1 / 3.0);
        assertThat(quality.more()).contains(entry("top5", 2 / 3.0));
        assertThat(quality.samples()).isEqualTo(3);
    }

    @Test
    void theLossOfEqualLogitsIsTheLogOfTheClasses() throws IOException {
        var quality = evaluate(model("pass.onnx", PASS), csv("2,2,2,2,2,2,3\n"));
        assertThat(quality.more().get("loss")).isCloseTo(Math.log(6), within(1e-6));
    }

    @Test
    void probabilitiesAreNotSoftmaxedAgain() throws IOException {
        var data = csv("1,2,3,1,0,0,2\n0,0,0,0,0,1,5\n");
        var logits = evaluate(model("pass.onnx", PASS), data);
        var probabilities = evaluate(model("softmax.onnx", """
                        input x float[n,6]
                        y = Softmax(x) axis=1
                        output y float[n,6]
                        """), data);
        assertThat(probabilities.more().get("loss")).isCloseTo(logits.more().get("loss"), within(1e-6));
    }

    @Test
    void aFixedBatchCountsEverySampleOnce() throws IOException {
        var quality = evaluate(model("fixed.onnx", """
                        input x float[2,6]
                        y = Identity(x)
                        output y float[2,6]
                        """), csv(ROWS));
        assertThat(quality.value()).isEqualTo(1 / 3.0);
        assertThat(quality.samples()).isEqualTo(3);
    }

    @Test
    void whatCannotBeJudgedIsRefused() throws IOException {
        var pass = model("pass.onnx", PASS);
        assertThatThrownBy(() -> evaluate(pass, csv("1,2,3,4,5,6,6\n")))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("label 6");
        assertThatThrownBy(() -> evaluate(pass, csv("a,b,c,d,e,f,label\n")))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("no samples");
        var logs = model("logs.onnx", PASS.replace("Identity", "Log"));
        assertThatThrownBy(() -> evaluate(logs, csv("-1,2,3,4,5,6,0\n")))
                .isInstanceOf(BadModelException.class)
                .hasMessageContaining("NaN");
        var text = DataSpec.parse("text:" + Files.writeString(folder.resolve("t.txt"), "a"));
        assertThatThrownBy(() -> evaluate(pass, text))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("no labels");
    }

    @Test
    void aUniformLanguageModelIsAsPerplexedAsItsVocabularyIsLarge() throws IOException {
        var uniform = model("uniform.onnx", """
                input input_ids int64[b,s]
                const table float[50,50] fill 0.25
                logits = Gather(table, input_ids)
                output logits float[b,s,50]
                """);
        var quality = evaluate(uniform, tokens(3, 50));
        assertThat(quality.metric()).isEqualTo("perplexity");
        assertThat(quality.value()).isCloseTo(50, within(1e-4));
        assertThat(quality.more()).contains(entry("tokens", 3 * 255.0));
        assertThat(quality.higherIsBetter()).isFalse();
    }

    @Test
    void perplexityJudgesTheNextTokenNotTheSame() throws IOException {
        // Logit 20 for the id itself, 0 for others; windows repeat 0, 1, 2: the next one is never the same.
        var echo = model("echo.onnx", """
                input input_ids int64[b,s]
                const table float[3,3] = 20 0 0 0 20 0 0 0 20
                logits = Gather(table, input_ids)
                output logits float[b,s,3]
                """);
        assertThat(evaluate(echo, tokens(1, 3)).more().get("loss"))
                .isCloseTo(20 + Math.log1p(2 * Math.exp(-20)), within(1e-5));
        assertThatThrownBy(() -> evaluate(echo, tokens(1, 4))).isInstanceOf(BadModelException.class);
    }

    /** Writes windows of the ids 0, 1, ..., count - 1, 0, 1, ... */
    private DataSpec tokens(int windows, int count) throws IOException {
        var bytes = ByteBuffer.allocate(512 * windows).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; bytes.hasRemaining(); i++) {
            bytes.putShort((short) (i % count));
        }
        return DataSpec.parse("tokens:" + Files.write(folder.resolve("w.u16"), bytes.array()));
    }

    @Test
    void aModelComparedWithItselfDiffersByNothing() throws IOException {
        var pass = model("pass.onnx", PASS);
        var evaluation = Evaluation.of(pass, csv(ROWS), DataOptions.defaults()).withReference(pass);
        var quality = Evaluator.evaluate(evaluation, Progress.NONE);
        assertThat(quality.metric()).isEqualTo("cosine");
        assertThat(quality.value()).isCloseTo(1, within(1e-12));
        assertThat(quality.more()).contains(entry("mse", 0.0), entry("max-abs", 0.0), entry("top1-agreement", 1.0));
        assertThat(quality.samples()).isEqualTo(3);
    }

    @Test
    void aScaledAndShiftedCopyIsMeasured() throws IOException {
        var pass = model("pass.onnx", PASS);
        var negated = model("negated.onnx", PASS.replace("Identity", "Neg"));
        var evaluation = Evaluation.of(negated, csv("3,0,0,0,0,4,1\n"), DataOptions.defaults())
                .withReference(pass);
        var quality = Evaluator.evaluate(evaluation, Progress.NONE);
        assertThat(quality.value()).isCloseTo(-1, within(1e-12));
        assertThat(quality.more())
                .contains(
                        entry("mse", 100 / 6.0),
                        entry("max-abs", 8.0),
                        entry("relative-error", 2.0),
                        entry("top1-agreement", 0.0));
    }

    @Test
    void modelsOfOtherInterfacesAreNotCompared() throws IOException {
        var pass = model("pass.onnx", PASS);
        var narrow = model("narrow.onnx", """
                input x float[n,6]
                y = ReduceSum(x)
                output y float[1,1]
                """);
        var evaluation =
                Evaluation.of(narrow, csv(ROWS), DataOptions.defaults()).withReference(pass);
        assertThatThrownBy(() -> Evaluator.evaluate(evaluation, Progress.NONE))
                .isInstanceOf(BadModelException.class)
                .hasMessageContaining("the reference FLOAT[3, 6]");
    }

    @Test
    void randomInputsCompareModelsWithoutData() {
        var pass = model("pass.onnx", PASS);
        var quality = Evaluator.compareOnRandomInputs(pass, pass, Map.of(), 1, 4, 1);
        assertThat(quality.value()).isCloseTo(1, within(1e-12));
        assertThat(quality.samples()).isEqualTo(4);
    }

    @Test
    void progressCountsSamples() throws IOException {
        List<Long> done = new ArrayList<>();
        Evaluator.evaluate(
                Evaluation.of(model("pass.onnx", PASS), csv(ROWS), DataOptions.defaults()),
                event -> done.add(event.done()));
        assertThat(done).containsExactly(3L);
    }
}
