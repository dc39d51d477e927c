package dev.coppice.pipeline.cut;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.Elements;
import dev.coppice.ir.Model;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.recipe.Settings;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** .285 of 100 is 29, whatever there are 100 of: in binary the product is a little below 28.5. */
class ExactCountsTest {

    private static final Model MLP = Dsl.model("""
        input x float[N,10]
        const w1 float[10,100] seed 1
        const w2 float[100,10] seed 2
        const w3 float[10,10] seed 3
        h = MatMul(x, w1) name="first"
        r = Relu(h)
        k = MatMul(r, w2) name="second"
        y = MatMul(k, w3) name="third"
        output y
        """);

    @TempDir
    private Path folder;

    private Model prune(Model model, String... settings) {
        var file = folder.resolve("m.onnx");
        OnnxWriter.write(model, file);
        var values = new HashMap<String, Object>(Map.of(
                "model", file.toString(), "output", folder.resolve("o.onnx").toString(), "sparsity", 0.285));
        for (int i = 0; i < settings.length; i += 2) {
            values.put(settings[i], settings[i + 1]);
        }
        var recipe = Recipe.of(new Settings("", values));
        return PruningLoop.run(model, recipe, Progress.NONE).after();
    }

    private static float[] weight(Model model, String name) {
        for (var tensor : model.graph().initializers()) {
            if (tensor.name().equals(name)) {
                var values = new float[(int) tensor.size()];
                Elements.floats(tensor, 0, values, values.length);
                return values;
            }
        }
        throw new AssertionError(name);
    }

    /** Counts the vectors that are zero throughout: value {@code j} of vector {@code i} is at {@code i * far + j * near}. */
    private static int zeros(float[] values, int vectors, int far, int length, int near) {
        int zeros = 0;
        for (int i = 0; i < vectors; i++) {
            boolean all = true;
            for (int j = 0; j < length; j++) {
                all &= values[i * far + j * near] == 0;
            }
            zeros += all ? 1 : 0;
        }
        return zeros;
    }

    @ParameterizedTest
    @ValueSource(strings = {"uniform", "global"})
    void ofWeights(String allocate) {
        var pruned = prune(MLP, "only", "third", "allocate", allocate);
        assertThat(zeros(weight(pruned, "w3"), 100, 1, 1, 1)).isEqualTo(29);
    }

    @ParameterizedTest
    @ValueSource(strings = {"uniform", "global"})
    void ofRows(String allocate) {
        var pruned = prune(MLP, "only", "first", "granularity", "row", "allocate", allocate);
        assertThat(zeros(weight(pruned, "w1"), 100, 1, 10, 100)).isEqualTo(29);
    }

    @Test
    void ofColumns() {
        var pruned = prune(MLP, "only", "second", "granularity", "column");
        assertThat(zeros(weight(pruned, "w2"), 100, 10, 10, 1)).isEqualTo(29);
    }

    @ParameterizedTest
    @ValueSource(strings = {"uniform", "global"})
    void ofChannels(String allocate) {
        var pruned = prune(MLP, "only", "first", "granularity", "channel", "allocate", allocate);
        assertThat(weight(pruned, "w1")).hasSize(10 * 71);
        assertThat(weight(pruned, "w2")).hasSize(10 * 71);
    }

    @Test
    void ofLayers() {
        var text = new StringBuilder("input x0 float[N,4]\n");
        for (int i = 0; i < 100; i++) {
            text.append("const w%d float[4,4] seed %d\n".formatted(i, i));
        }
        for (int i = 0; i < 100; i++) {
            text.append("h%d = MatMul(x%d, w%d) name=\"l%d\"\n".formatted(i, i, i, i));
            text.append("x%d = Add(x%d, h%d)\n".formatted(i + 1, i, i));
        }
        var pruned = prune(Dsl.model(text.append("output x100\n").toString()), "granularity", "layer");
        assertThat(pruned.graph().nodes().stream().filter(node -> node.is("Add")))
                .hasSize(71);
    }
}
