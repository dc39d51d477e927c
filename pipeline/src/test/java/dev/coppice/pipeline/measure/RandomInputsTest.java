package dev.coppice.pipeline.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.UsageException;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.runtime.ort.HostTensor;
import dev.coppice.runtime.ort.OrtModel;
import dev.coppice.runtime.ort.OrtOptions;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RandomInputsTest {

    @TempDir
    private Path folder;

    private Map<String, HostTensor> draw(String text, Map<String, List<Long>> shapes) {
        var file = folder.resolve("model.onnx");
        OnnxWriter.write(Dsl.model(text), file);
        try (var model = OrtModel.open(file, OrtOptions.defaults())) {
            var inputs = RandomInputs.draw(model, shapes, 7);
            model.run(inputs);
            return inputs;
        }
    }

    private static HostTensor get(Map<String, HostTensor> inputs, String name) {
        return Objects.requireNonNull(inputs.get(name));
    }

    @Test
    void languageModelsGetTokensAndFullMasks() {
        var inputs = draw("""
            input input_ids int64[batch,sequence]
            input attention_mask int64[batch,sequence]
            input token_type_ids int64[batch,sequence]
            a = Add(input_ids, attention_mask)
            y = Add(a, token_type_ids)
            output y int64[batch,sequence]
            """, Map.of());
        assertThat(get(inputs, "input_ids").dims()).containsExactly(1L, 128L);
        assertThat(Arrays.stream(get(inputs, "input_ids").toDoubles()).boxed())
                .allMatch(id -> id >= 0 && id < 100)
                .hasSize(128);
        assertThat(get(inputs, "attention_mask").toFloats()).containsOnly(1);
        assertThat(get(inputs, "token_type_ids").toFloats()).containsOnly(0);
    }

    @Test
    void textsAreAsLongAsTheTableOfPositionsAndOfItsVocabulary() {
        var inputs = draw("""
            input input_ids int64[1,sequence]
            const words float[90,4] seed 1
            const places float[1,77,4] seed 2
            e = Gather(words, input_ids)
            y = Add(e, places)
            output y
            """, Map.of());
        assertThat(get(inputs, "input_ids").dims()).containsExactly(1L, 77L);
        assertThat(Arrays.stream(get(inputs, "input_ids").toDoubles()).boxed()).allMatch(id -> id < 90);
    }

    @Test
    void aModelThatTakesNoSizeNamesTheOption() {
        assertThatThrownBy(() -> draw("""
            input x float[1,width]
            const w float[2003,4] seed 1
            y = MatMul(x, w)
            output y
            """, Map.of()))
                .isInstanceOf(UsageException.class)
                .satisfies(
                        failure -> assertThat(((UsageException) failure).hint()).contains("--shape"));
    }

    @Test
    void theSameSeedDrawsTheSameInputs() {
        var text = """
            input x float[n,3,8,8]
            y = Relu(x)
            output y float[n,3,8,8]
            """;
        assertThat(get(draw(text, Map.of()), "x").toFloats())
                .isEqualTo(get(draw(text, Map.of()), "x").toFloats());
    }

    @Test
    void imagesOfOpenSizeTakeTheFirstThatTheModelRunsOn() {
        var square = """
            input x float[?,3,?,?]
            y = Relu(x)
            output y float[?,3,?,?]
            """;
        assertThat(get(draw(square, Map.of()), "x").dims()).containsExactly(1L, 3L, 224L, 224L);
        var lines = """
            input x float[?,3,?,?]
            const shape int64[4] = -1 3 48 320
            y = Reshape(x, shape)
            z = Concat(y, x) axis=0
            output z float[?,3,?,?]
            """;
        assertThat(get(draw(lines, Map.of()), "x").dims()).containsExactly(1L, 3L, 48L, 320L);
    }

    @Test
    void givenShapesWin() {
        var text = """
            input x float[n,features]
            y = Relu(x)
            output y float[n,features]
            """;
        assertThat(get(draw(text, Map.of("x", List.of(2L, 5L))), "x").dims()).containsExactly(2L, 5L);
        assertThatThrownBy(() -> draw(text, Map.of()))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("'x' leaves dimension 1 open");
        assertThatThrownBy(() -> draw(text, Map.of("z", List.of(1L))))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("no input 'z'");
    }

    @Test
    void sequencesAndClipsOfOpenSizeAreCustomary() {
        var text = """
            input spectrum float[n,80,frames]
            input clip float[n,3,frames2,height,width]
            y = Relu(spectrum)
            z = Relu(clip)
            output y float[n,80,frames]
            output z float[n,3,frames2,height,width]
            """;
        assertThat(get(draw(text, Map.of()), "spectrum").dims()).containsExactly(1L, 80L, 128L);
        assertThat(get(draw(text, Map.of()), "clip").dims()).containsExactly(1L, 3L, 16L, 112L, 112L);
    }

    @Test
    void shapesAreReadFromText() {
        assertThat(RandomInputs.parseShapes(List.of("x=1x3x48x320", "a=b=2")))
                .isEqualTo(Map.of("x", List.of(1L, 3L, 48L, 320L), "a=b", List.of(2L)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "x",
                "x=",
                "=1x2",
                "x=1x",
                "x=1,2",
                "x=-1",
                "x=99999999999",
                "x=99999x99999",
                "x=4294967295x4294967295x4294967295"
            })
    void malformedShapesAreUsageErrors(String text) {
        assertThatThrownBy(() -> RandomInputs.parseShapes(List.of(text))).isInstanceOf(UsageException.class);
    }
}
