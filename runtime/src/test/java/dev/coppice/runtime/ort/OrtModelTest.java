package dev.coppice.runtime.ort;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.BadModelException;
import dev.coppice.ir.CoppiceException;
import dev.coppice.ir.DType;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Shape;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.ir.testing.Dsl;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OrtModelTest {

    private static final String SCALED_SUM = """
            input x float[batch,3]
            input b float[3]
            const two float[1] fill 2
            doubled = Mul(x, two)
            y = Add(doubled, b)
            output y float[batch,3]
            """;

    @TempDir
    private Path folder;

    private OrtModel open(String text) {
        var file = folder.resolve("model.onnx");
        OnnxWriter.write(Dsl.model(text), file);
        return OrtModel.open(file, OrtOptions.defaults());
    }

    @Test
    void outputsAreWhatTheGraphComputes() {
        try (var model = open(SCALED_SUM)) {
            var x = HostTensor.ofFloats(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
            var b = HostTensor.ofFloats(new float[] {.5f, 0, -1}, 3);
            var y = Objects.requireNonNull(model.run(Map.of("x", x, "b", b)).get("y"));
            assertThat(y.dims()).containsExactly(2L, 3L);
            assertThat(y.toFloats()).containsExactly(2.5f, 4, 5, 8.5f, 10, 11);
        }
    }

    @Test
    void outputsCanBeInputs() {
        try (var model = open(SCALED_SUM)) {
            var b = HostTensor.ofFloats(new float[3], 3);
            var x = HostTensor.ofFloats(new float[] {1, 2, 3}, 1, 3);
            var y = Objects.requireNonNull(model.run(Map.of("x", x, "b", b)).get("y"));
            assertThat(Objects.requireNonNull(model.run(Map.of("x", y, "b", b)).get("y"))
                            .toFloats())
                    .containsExactly(4, 8, 12);
        }
    }

    @Test
    void inputsAreDescribedWithSymbolsAndUnknowns() {
        try (var model = open("""
                input x float[batch,?,8]
                y = Relu(x)
                output y float[batch,?,8]
                """)) {
            var input = model.inputs().getFirst();
            assertThat(input.name()).isEqualTo("x");
            assertThat(input.type()).isEqualTo(DType.FLOAT);
            assertThat(input.shape()).isEqualTo(Shape.of(Dim.of("batch"), Dim.unknown(), Dim.of(8)));
            assertThat(model.outputs()).extracting(o -> o.name()).containsExactly("y");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT", "DOUBLE", "FLOAT16", "INT64", "INT32", "INT16", "INT8", "UINT8", "BOOL"})
    void numbersOfEveryTypePassThrough(DType type) {
        var name = type.name().toLowerCase(Locale.ROOT);
        try (var model = open("""
                input x %s[4]
                y = Identity(x)
                output y %s[4]
                """.formatted(name, name))) {
            var x = HostTensor.allocate(type, 4);
            for (int i = 0; i < 4; i++) {
                x.buffer().put(i * type.bits() / 8, (byte) (i & 1));
            }
            var y = Objects.requireNonNull(model.run(Map.of("x", x)).get("y"));
            assertThat(y.type()).isEqualTo(type);
            assertThat(y.buffer()).isEqualTo(x.buffer());
        }
    }

    @Test
    void aBoundCallRunsAgainOnChangedInputs() {
        var x = HostTensor.ofFloats(new float[] {1, 1, 1}, 1, 3);
        var b = HostTensor.ofFloats(new float[3], 3);
        try (var model = open(SCALED_SUM);
                var call = model.prepare(Map.of("x", x, "b", b))) {
            assertThat(Objects.requireNonNull(call.fetch().get("y")).toFloats()).containsOnly(2);
            x.buffer().asFloatBuffer().put(new float[] {3, 3, 3});
            call.run();
            assertThat(Objects.requireNonNull(call.fetch().get("y")).toFloats()).containsOnly(6);
        }
    }

    @Test
    void wrongInputsAreNamed() {
        var b = HostTensor.ofFloats(new float[3], 3);
        try (var model = open(SCALED_SUM)) {
            assertBadInput(model, Map.of("b", b), "needs input 'x' FLOAT[batch,3]");
            var flat = HostTensor.ofFloats(new float[3], 3);
            assertBadInput(model, Map.of("x", flat, "b", b), "'x' as FLOAT[batch,3] and was given FLOAT[3]");
            var narrow = HostTensor.ofFloats(new float[2], 1, 2);
            assertBadInput(model, Map.of("x", narrow, "b", b), "was given FLOAT[1, 2]");
            var integers = HostTensor.ofLongs(new long[3], 1, 3);
            assertBadInput(model, Map.of("x", integers, "b", b), "was given INT64[1, 3]");
            var x = HostTensor.ofFloats(new float[3], 1, 3);
            assertBadInput(model, Map.of("x", x, "b", b, "c", b), "has no input 'c'");
        }
    }

    private static void assertBadInput(OrtModel model, Map<String, HostTensor> inputs, String message) {
        assertThatThrownBy(() -> model.run(inputs))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(message);
    }

    @Test
    void whatIsNoModelIsRefused() throws IOException {
        var text = Files.writeString(folder.resolve("text.onnx"), "this is no model");
        assertThatThrownBy(() -> OrtModel.open(text, OrtOptions.defaults()))
                .isInstanceOf(BadModelException.class)
                .hasMessageContaining("cannot open " + text)
                .hasMessageNotContaining("Error code")
                .extracting(e -> ((CoppiceException) e).hint())
                .isEqualTo("the file is no complete ONNX model");
        assertThatThrownBy(() -> OrtModel.open(folder.resolve("absent.onnx"), OrtOptions.defaults()))
                .isInstanceOf(BadModelException.class)
                .hasMessageContaining("no model file");
        assertThatThrownBy(() -> OrtModel.open(folder, OrtOptions.defaults())).isInstanceOf(BadModelException.class);
    }

    @Test
    void anUnknownOperatorIsRefused() {
        assertThatThrownBy(() -> open("""
                        opset my.domain 1
                        input x float[1]
                        y = my.domain::Mystery(x)
                        output y float[1]
                        """))
                .isInstanceOf(BadModelException.class)
                .hasMessageContaining("Mystery");
    }

    @Test
    void aFailureWhileRunningIsABadModel() {
        try (var model = open("""
                input x float[n]
                const shape int64[2] = 2 2
                y = Reshape(x, shape)
                output y float[2,2]
                """)) {
            var x = HostTensor.ofFloats(new float[3], 3);
            assertThatThrownBy(() -> model.run(Map.of("x", x)))
                    .isInstanceOf(BadModelException.class)
                    .hasMessageContaining("failed while running");
        }
    }

    @Test
    void aSessionNeedsAThread() {
        assertThatThrownBy(() -> OrtOptions.defaults().withThreads(0)).isInstanceOf(UsageException.class);
    }

    @Test
    void manySessionsAndRunsDoNotGrowTheProcess() throws IOException {
        open("""
                input x float[1024,1024]
                const w float[1024,1024] fill 0.5
                y = Add(x, w)
                output y float[1024,1024]
                """).close();
        long warm = 0;
        for (int i = 0; i < 60; i++) {
            // A round could leak 4 MiB each of weights, input and output.
            try (var model = OrtModel.open(folder.resolve("model.onnx"), OrtOptions.defaults())) {
                model.run(Map.of("x", HostTensor.allocate(DType.FLOAT, 1024, 1024)));
            }
            if (i == 19) {
                warm = residentMebibytes();
            }
        }
        assertThat(residentMebibytes() - warm).as("growth over 40 rounds, MiB").isLessThan(120);
    }

    /** Returns the process's resident memory without the heap and the direct buffers that only the collector frees. */
    private static long residentMebibytes() throws IOException {
        var runtime = Runtime.getRuntime();
        var direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
        var status = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .findFirst()
                .orElseThrow();
        long resident = Long.parseLong(status.replaceAll("\\D", "")) >> 10;
        return resident - (runtime.totalMemory() >> 20) - (direct >> 20);
    }
}
