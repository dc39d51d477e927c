package dev.coppice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.testing.TestData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Models that are malformed on purpose: a typed error names the node, and no output is left. */
class HostileModelTest {

    @TempDir
    Path folder;

    private Path output;

    @BeforeEach
    void places() {
        output = folder.resolve("out.onnx");
    }

    private static Path hostile(String name) {
        return TestData.shared("cases/hostile/" + name + ".onnx");
    }

    private Cli.Outcome channels(Path model) {
        return Cli.run(
                "prune",
                model,
                "-o",
                output,
                "--granularity",
                "channel",
                "--sparsity",
                "0.4",
                "--include-normalised",
                "--mask-only");
    }

    @ParameterizedTest
    @CsvSource({
        "ConvolutionCouplings-java-51, Conv(a)",
        "DType-java-60, RMSNormalization(rm)",
        "Labels-java-39, Conv(d)",
        "NormCouplings-java-55, InstanceNormalization(y0)",
        "NormCouplings-java-65, InstanceNormalization(wh)",
        "lstm-hidden, LSTM(y)"
    })
    void aMalformedNodeIsNamed(String model, String node) {
        assertThat(Cli.run("inspect", hostile(model)).ended(3).err()).contains(node);
        channels(hostile(model)).ended(3);
        assertThat(output).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GeneratorCouplings-java-113",
                "GeneratorCouplings-java-73",
                "Node-java-44",
                "Site-java-299",
                "SplitLayerNorm-java-173",
                "oom-concat28"
            })
    void aModelOfHugeSizesEndsWithoutInternalError(String model) {
        assertThat(Cli.run("inspect", hostile(model)).code()).isIn(0, 3);
        int code = channels(hostile(model)).code();
        assertThat(code).isIn(0, 3, 4);
        assertThat(Files.exists(output)).isEqualTo(code != 3);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        y = Conv(x, w, b) group=-2        | its attribute 'group' is -2
        y = Conv(x, w, b) group=99999999999 | its attribute 'group' is 99999999999
        y = Conv(x)                       | its operand 1 is missing
        y = Conv(x, w, b, b)              | Conv(y)
        y = Conv(x, w, w)                 | Conv(y)
        y = Concat(x, x) axis=1.0         | its attribute 'axis' is of another kind
        y = Transpose(x) perm=3           | its attribute 'perm' is of another kind
        y = BatchNormalization(x, b, b)   | its operand 3 is missing
        y = InstanceNormalization(x, s, s) | its operand 1 is of shape []
        y = DepthToSpace(x) blocksize=0   | its attribute 'blocksize' is 0
        y = LSTM(x, w)                    | LSTM(y)
        """)
    void everyKindOfMalformedNodeIsRefused(String node, String why) {
        var model = Cli.model(folder.resolve("m.onnx"), """
            input x float[N,4,8,8]
            const w float[4,4,1,1] seed 1
            const b float[4] seed 2
            const s float[] = 1.0
            %s
            output y float
            """.formatted(node));
        assertThat(channels(model).ended(3).err()).contains(why).contains("hint: ");
        assertThat(output).doesNotExist();
    }

    /** Splitting it would store ones and zeros for as many rows as the model declares. */
    @Test
    void aNormOverMoreRowsThanCanBeStoredBecomesInt8() {
        Cli.run("compress", hostile("SplitLayerNorm-java-173"), "-o", output, "--int8", "dynamic")
                .ended(0);
        assertThat(output)
                .isNotEmptyFile()
                .satisfies(file -> assertThat(Files.size(file)).isLessThan(100_000));
    }

    @Test
    void countsBeyondSixtyThreeBitsAreLeftOutAndNamed() {
        var model = Cli.model(folder.resolve("m.onnx"), """
            input x float[4611686018427387904,16]
            const w float[16,16] seed 1
            h = MatMul(x, w)
            y = Relu(h)
            output y float
            """);
        assertThat(Cli.run("inspect", model).ended(0).out()).contains("MACs at least 0");
        assertThat(Cli.run("prune", model, "-o", output, "--sparsity", "0.5")
                        .ended(0)
                        .out())
                .contains("beyond counting");
        assertThat(output).isNotEmptyFile();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Concat(%1$s, %1$s) axis=1", "Tile(%1$s, twice)", "Pad(%1$s, far)", "Expand(one, wide)"})
    void aSmallModelTakesLittleMemory(String node) throws IOException, InterruptedException {
        var text = new StringBuilder("""
            input x float[N,16]
            const w float[16,16] seed 1
            const twice int64[2] = 1 2
            const far int64[4] = 0 40000000 0 40000000
            const wide int64[2] = 1 90000000
            const one float[1,1] = 1.0
            v0 = MatMul(x, w)
            """);
        for (int i = 0; i < 26; i++) {
            text.append("v%d = %s%n".formatted(i + 1, node.formatted("v" + i)));
        }
        var model = Cli.model(folder.resolve("m.onnx"), text + "output v26 float\n");
        assertThat(inSmallJvm("inspect", model.toString())).isEqualTo(0);
        assertThat(inSmallJvm(
                        "prune",
                        model.toString(),
                        "-o",
                        output.toString(),
                        "--granularity",
                        "channel",
                        "--sparsity",
                        "0.4"))
                .isIn(0, 4);
    }

    /** Runs the command line with 200 MB of heap, and returns its exit code. */
    private static int inSmallJvm(String... arguments) throws IOException, InterruptedException {
        var command = new java.util.ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx200m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(arguments));
        var process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    @Test
    void namesDoNotSteerTheTerminal() {
        for (var arguments : List.of(List.of("inspect"), List.of("inspect", "--json"))) {
            var out = new java.io.ByteArrayOutputStream();
            var before = System.out;
            System.setOut(new java.io.PrintStream(out, true, StandardCharsets.UTF_8));
            try {
                var command = new java.util.ArrayList<>(arguments);
                command.add(1, hostile("ansi").toString());
                assertThat(Main.run(command.toArray(String[]::new))).isZero();
            } finally {
                System.setOut(before);
            }
            var text = out.toString(StandardCharsets.UTF_8);
            assertThat(text.chars().filter(c -> Character.isISOControl(c) && c != '\n'))
                    .isEmpty();
            assertThat(text).containsIgnoringCase("\\u001b[31mRED").doesNotContainPattern("(?m)^\\W*fake line");
        }
    }

    @Test
    void namesAreTextInTheReportToo() throws IOException {
        var run = folder.resolve("run");
        Cli.run("prune", hostile("ansi"), "-o", output, "--sparsity", "0.5", "--run", run)
                .ended(0);
        try (var files = Files.list(run)) {
            for (var file : files.filter(f -> f.toString().endsWith(".html")).toList()) {
                assertThat(Files.readString(file)).doesNotContain("<script>").doesNotContain("\u001b");
            }
        }
        assertThat(run.resolve("report.html")).exists();
    }
}
