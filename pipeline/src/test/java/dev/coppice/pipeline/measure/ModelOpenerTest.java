package dev.coppice.pipeline.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Model;
import dev.coppice.ir.TensorData;
import dev.coppice.ir.edit.GraphEditor;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.runtime.ort.HostTensor;
import dev.coppice.runtime.ort.OrtOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class ModelOpenerTest {

    private static final Model MODEL = Dsl.model("""
            input x float[2]
            const w float[2] = 3 4
            y = Mul(x, w)
            output y
            """);

    private static float[] run(Model model) {
        try (var open = ModelOpener.open(model, "m", OrtOptions.defaults())) {
            var outputs = open.run(Map.of("x", HostTensor.ofFloats(new float[] {5, 6}, 2)));
            return Objects.requireNonNull(outputs.get("y")).toFloats();
        }
    }

    private static List<Path> leftovers() throws IOException {
        try (var files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return files.filter(file -> file.getFileName().toString().startsWith("coppice-model"))
                    .toList();
        }
    }

    private static Model external() {
        var w = MODEL.graph().initializers().getFirst();
        var bytes = ((TensorData.Bytes) w.data()).bytes();
        var moved = w.withData(new TensorData.External("w.bin", 0, bytes));
        return MODEL.withGraph(GraphEditor.edit(MODEL.graph(), editor -> editor.put(moved)));
    }

    @Test
    void modelsOfOneFileRun() {
        assertThat(run(MODEL)).containsExactly(15, 24);
    }

    @Test
    void modelsOfMoreFilesRunAndLeaveNone() throws IOException {
        var before = leftovers();
        assertThat(run(external())).containsExactly(15, 24);
        assertThat(leftovers()).isSubsetOf(before);
    }

    @Test
    void whatCannotRunIsCalledByItsName() {
        var model = Dsl.model("""
                opset my.domain 1
                input x float[2]
                y = my.domain::Nothing(x)
                output y float[2]
                """);
        assertThatThrownBy(() -> ModelOpener.open(model, "the variant", OrtOptions.defaults()))
                .isInstanceOf(BadModelException.class)
                .hasMessageContaining("cannot open the variant");
    }
}
