package dev.coppice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.Elements;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.ir.testing.TestData;
import dev.coppice.pipeline.data.sample.SampleModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** No command writes over what it reads, by whatever name or link; the model alone may be replaced, by its result. */
class InputsKeptTest {

    @TempDir
    private Path folder;

    @BeforeEach
    void writeInputs() throws IOException {
        for (var name : List.of("dense.onnx", "model.onnx.data")) {
            Files.copy(TestData.shared("cases/hostile/ext-overwrite").resolve(name), folder.resolve(name));
        }
        OnnxWriter.write(SampleModel.read(), folder.resolve("m.onnx"));
        Files.writeString(folder.resolve("d.csv"), ("0,".repeat(64) + "1\n").repeat(20));
        Files.writeString(folder.resolve("r.yaml"), "model: M\nsparsity: 0.5\n".replace("M", file("m.onnx")));
        Cli.run("prune", file("m.onnx"), "-o", file("p.onnx"), "--sparsity", 0.5, "--run", file("run"))
                .ended(0);
        Files.createSymbolicLink(folder.resolve("soft.onnx"), folder.resolve("m.onnx"));
        Files.createLink(folder.resolve("hard.onnx"), folder.resolve("m.onnx"));
        Files.createSymbolicLink(folder.resolve("soft.data"), folder.resolve("model.onnx.data"));
    }

    static Stream<String> collisions() {
        return Stream.of(
                "prune @dense.onnx -o @model.onnx --sparsity 0.9",
                "prune @dense.onnx -o @model.onnx.data --sparsity 0.9",
                "prune @dense.onnx -o @model.onnx.data --sparsity 0.9 --force",
                "compress @dense.onnx -o @model.onnx.data --int8 dynamic --force",
                "prune @dense.onnx -o @soft.data --sparsity 0.9 --force",
                "prune @dense.onnx -o @soft.data --sparsity 0.9",
                "prune @m.onnx -o @m.onnx --sparsity 0.9",
                "prune @m.onnx -o @soft.onnx --sparsity 0.9",
                "prune @soft.onnx -o @m.onnx --sparsity 0.9",
                "prune @m.onnx -o @hard.onnx --sparsity 0.9",
                "prune @m.onnx -o @run/../m.onnx --sparsity 0.9",
                "prune @m.onnx -o @d.csv --sparsity 0.9 --data csv:@d.csv",
                "prune @m.onnx -o @d.csv --sparsity 0.9 --data csv:@d.csv --force",
                "prune @m.onnx -o @d.csv --sparsity 0.9 --data digits --test-data csv:@d.csv",
                "prune @m.onnx -o @m.onnx --sparsity 0.9 --data csv:@d.csv --force",
                "prune @m.onnx -o @run/plan.json --plan @run/plan.json",
                "prune @m.onnx -o @q.onnx --plan @run/plan.json --run @run",
                "prune @m.onnx -o @p.onnx --sparsity 0.9 --fine-tune 1 --retrain weight-rewind --rewind-to @p.onnx"
                        + " --data digits --steps 2 --schedule linear",
                "compress @m.onnx -o @m.onnx --int8 dynamic",
                "train @m.onnx -o @hard.onnx --data digits --epochs 1",
                "train @m.onnx -o @m.onnx --data digits --epochs 1 --run @trained --force",
                "run @r.yaml -o @r.yaml",
                "run @r.yaml -o @m.onnx",
                "sensitivity @m.onnx --data csv:@d.csv --report @d.csv",
                "sensitivity @m.onnx --data csv:@d.csv --report @hard.onnx");
    }

    @ParameterizedTest
    @MethodSource("collisions")
    void anOutputThatIsAnInputIsRefusedAndNothingIsTouched(String command) throws IOException {
        var before = contents();
        Cli.run(arguments(command)).ended(2);
        assertThat(contents()).isEqualTo(before);
    }

    @Test
    void withForceTheModelIsReplacedByItsResult() throws IOException {
        Cli.run(arguments("prune @m.onnx -o @m.onnx --sparsity 0.9 --force")).ended(0);
        Cli.run(arguments("prune @hard.onnx -o @other.onnx --sparsity 0.9")).ended(0);
        assertThat(folder.resolve("m.onnx")).hasSameBinaryContentAs(folder.resolve("other.onnx"));
    }

    @Test
    void withForceAModelWithDataIsReplacedByItsResultWithData() throws IOException {
        for (var name : List.of("m.onnx", "m.onnx.data")) {
            Files.copy(
                    TestData.shared("cases/hostile/kill-between-renames").resolve(name),
                    mkdir("k").resolve(name));
            Files.copy(
                    TestData.shared("cases/hostile/kill-between-renames").resolve(name),
                    mkdir("elsewhere").resolve(name));
        }
        Cli.run(arguments("prune @k/m.onnx -o @k/m.onnx --sparsity 0.9 --force"))
                .ended(0);
        Cli.run(arguments("prune @elsewhere/m.onnx -o @k/other.onnx --sparsity 0.9"))
                .ended(0);
        var replaced = OnnxReader.read(folder.resolve("k/m.onnx"));
        var other = OnnxReader.read(folder.resolve("k/other.onnx"));
        var tensors = other.graph().initializers().iterator();
        for (var tensor : replaced.graph().initializers()) {
            assertThat(Elements.bytes(tensor).mismatch(Elements.bytes(tensors.next())))
                    .isEqualTo(-1);
        }
        assertThat(folder.resolve("k/m.onnx.data")).doesNotExist();
        assertThat(folder.resolve("k").toFile().list()).hasSize(4);
    }

    private Path mkdir(String name) throws IOException {
        return Files.createDirectories(folder.resolve(name));
    }

    private String file(String name) {
        return folder.resolve(name).toString();
    }

    /** Returns a command's arguments; {@code @} stands for the folder. */
    private Object[] arguments(String command) {
        return command.replace("@", folder + "/").split(" ");
    }

    private TreeMap<String, Integer> contents() throws IOException {
        var contents = new TreeMap<String, Integer>();
        try (var files = Files.walk(folder)) {
            for (var path : files.filter(Files::isRegularFile).toList()) {
                contents.put(folder.relativize(path).toString(), Arrays.hashCode(Files.readAllBytes(path)));
            }
        }
        return contents;
    }
}
