package dev.coppice.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.runtime.ort.HostTensor;
import dev.coppice.runtime.ort.OrtModel;
import dev.coppice.runtime.ort.OrtOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ActivationPruneTest {

    @TempDir
    private Path folder;

    private Path model;
    private Path output;

    @BeforeEach
    void write() {
        output = folder.resolve("p.onnx");
        model = Cli.model(folder.resolve("m.onnx"), """
                input x float[N,4]
                const w float[4,32] seed 1
                const v float[32,2] seed 2
                m = MatMul(x, w)
                h = Tanh(m)
                y = MatMul(h, v)
                output y float[N,2]
                output h
                """);
    }

    private Path data(String name, long seed) throws IOException {
        var random = new SplittableRandom(seed);
        var lines = new StringBuilder();
        for (int n = 0; n < 200; n++) {
            for (int i = 0; i < 4; i++) {
                lines.append(random.nextGaussian()).append(',');
            }
            lines.append(n % 2).append('\n');
        }
        return Files.writeString(folder.resolve(name), lines);
    }

    private Cli.Outcome prune(String options) {
        return Cli.run(
                (Object[]) ("prune " + model + " -o " + output + " --granularity activation " + options).split(" "));
    }

    @Test
    void theShareAskedForIsZeroOnOtherData() throws IOException {
        var json = prune("--sparsity 0.6 --data csv:" + data("a.csv", 1) + " --test-data csv:" + data("b.csv", 2)
                        + " --json")
                .ended(0)
                .json();
        var after = (Map<?, ?>) json.get("after");
        assertThat((Double) after.get("activation-sparsity")).isCloseTo(0.6, within(0.03));
        assertThat(json.get("remarks").toString()).contains("held-out");
    }

    @Test
    void smallValuesAreZeroForTheLayerAndForNobodyElse() throws IOException {
        prune("--sparsity 0.5 --data csv:" + data("a.csv", 1)).ended(0);
        var input = Map.of("x", HostTensor.ofFloats(new float[] {0.1f, -0.4f, 0.9f, 0.2f}, 1, 4));
        float threshold = OnnxReader.read(output).graph().initializers().stream()
                .filter(tensor -> tensor.name().startsWith("h.threshold"))
                .map(tensor -> Cli.values(output, tensor.name())[0])
                .findFirst()
                .orElseThrow();
        var v = Cli.values(output, "v");
        try (var dense = OrtModel.open(model, OrtOptions.defaults());
                var sparse = OrtModel.open(output, OrtOptions.defaults())) {
            var before = dense.run(input);
            var after = sparse.run(input);
            var h = before.get("h").toFloats();
            assertThat(after.get("h").toFloats()).containsExactly(h);
            double wanted = 0;
            for (int i = 0; i < h.length; i++) {
                wanted += Math.abs(h[i]) < threshold ? 0 : h[i] * v[2 * i];
            }
            assertThat((double) after.get("y").toFloats()[0]).isCloseTo(wanted, within(1e-5));
        }
    }

    @Test
    void onlyOrdinaryOperatorsAreAdded() throws IOException {
        prune("--sparsity 0.5 --data csv:" + data("a.csv", 1)).ended(0);
        assertThat(OnnxReader.read(output).graph().nodes().stream()
                        .map(node -> node.opType())
                        .toList())
                .isEqualTo(List.of("MatMul", "Tanh", "Abs", "Less", "Where", "MatMul"));
    }

    @Test
    void inputsOfTheModelStayAsTheyAre() throws IOException {
        assertThat(prune("--sparsity 0.5 --data csv:" + data("a.csv", 1))
                        .ended(0)
                        .out())
                .contains("its input is the model's");
    }

    @Test
    void whatMakesNoSenseIsRefused() throws IOException {
        assertThat(prune("--sparsity 0.5").ended(2).err()).contains("need data");
        assertThat(prune("--sparsity 0.5 --criterion l2 --data csv:" + data("a.csv", 1))
                        .ended(2)
                        .err())
                .contains("by their magnitude");
    }
}
