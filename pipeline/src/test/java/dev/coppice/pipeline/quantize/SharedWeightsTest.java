package dev.coppice.pipeline.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtException;
import dev.coppice.ir.DType;
import dev.coppice.ir.Model;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.ir.testing.TestData;
import dev.coppice.prune.Selection;
import dev.coppice.prune.quantize.ActivationRange;
import dev.coppice.prune.quantize.DynamicInt8;
import dev.coppice.prune.quantize.FloatLayer;
import dev.coppice.prune.quantize.Int8Range;
import dev.coppice.prune.quantize.Quantization;
import dev.coppice.prune.quantize.QuantizedLayer;
import dev.coppice.prune.quantize.StaticInt8;
import dev.coppice.runtime.ort.HostTensor;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A weight that several layers read is stored once, whatever they are. */
class SharedWeightsTest {

    private static final String TIED = """
            input ids int64[2,5]
            const e float[90,16] seed 1
            const w float[16,16] seed 2
            h = Gather(e, ids)
            z = MatMul(h, w)
            t = Tanh(z)
            %s
            output y
            """;

    private static final String SHARED =
            "another operator reads its weight in float: int8 would store it a second time";

    @TempDir
    private Path folder;

    private static Quantization dynamic(Model model, boolean embeddings) {
        return DynamicInt8.of(model, new DynamicInt8.Request(Selection.ALL, Int8Range.SEVEN_BIT, embeddings))
                .quantize(Map.of());
    }

    private static long bytes(Model model) {
        return model.graph().initializers().stream().mapToLong(Tensor::byteSize).sum();
    }

    private void assertNear(Model model, Model quantized, int ids) {
        var inputs = Map.of(
                "ids",
                HostTensor.ofLongs(
                        IntStream.range(0, 10).mapToLong(i -> 7 * i % ids).toArray(), 2, 5));
        var ort = new OrtRuns(folder);
        var expected = Runs.joined(ort.run(model, inputs));
        var actual = Runs.joined(ort.run(quantized, inputs));
        assertThat(Runs.relativeError(expected, actual)).isBetween(1e-6, .03);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "et = Transpose(e) perm=[1,0]\ny = MatMul(t, et)",
                "i = Identity(e)\net = Transpose(i)\ny = MatMul(t, et)",
                "const to int64[2] = 10 16\nr = Reshape(t, to)\ny = Gemm(r, e) transB=1",
                "const to int64[2] = 10 16\nr = Reshape(t, to)\net = Transpose(e)\ny = Gemm(r, et) alpha=0.5",
                "et = Transpose(e)\na = MatMul(t, et)\nb = MatMul(h, et)\ny = Add(a, b)",
                "g = Gather(e, ids)\nu = Add(t, g)\net = Transpose(e)\ny = MatMul(u, et)"
            })
    void aTableThatAProductReadsTooIsGatheredFromItsInt8Form(String rest) throws OrtException {
        var model = Dsl.model(TIED.formatted(rest));
        for (boolean embeddings : new boolean[] {false, true}) {
            var int8 = dynamic(model, embeddings);
            assertThat(int8.inFloat()).isEmpty();
            assertThat(int8.model().graph().initializers())
                    .filteredOn(tensor -> tensor.size() >= 90 * 16)
                    .singleElement()
                    .satisfies(tensor -> assertThat(tensor.type()).isEqualTo(DType.INT8));
            assertThat(bytes(int8.model())).isLessThan(bytes(model) / 3);
            assertNear(model, int8.model(), 90);
            assertThat(new OrtRuns(folder).optimized(int8.model())).doesNotContain("MatMulInteger", "Transpose");
        }
    }

    @Test
    void theTiedTableOfALargerModelIsStoredOnce() {
        var model = OnnxReader.read(TestData.shared("cases/files/tied-int8.onnx"));
        var int8 = dynamic(model, false);
        assertThat(int8.layers())
                .extracting(layer -> layer.node().opType())
                .containsExactly("Gather", "MatMul", "MatMul");
        assertThat(bytes(int8.model())).isLessThan(bytes(model) / 3);
    }

    @Test
    void aProductWhoseTableIsKeptInFloatIsLeftToo() {
        var model = Dsl.model(TIED.formatted("et = Transpose(e)\ny = MatMul(t, et)")
                .replace("Gather(e, ids)", "Gather(e, ids) name=\"rows\""));
        var keep = new Selection(java.util.List.of("rows"), java.util.List.of());
        var int8 = DynamicInt8.of(model, new DynamicInt8.Request(keep, Int8Range.FULL, false))
                .quantize(Map.of());
        assertThat(int8.layers()).extracting(QuantizedLayer::output).containsExactly("z");
        assertThat(int8.inFloat()).extracting(FloatLayer::reason).containsExactly(SHARED);
        assertThat(bytes(int8.model())).isLessThan(bytes(model));
    }

    @Test
    void aGatherFollowsTheProductOfItsTable() {
        var model = Dsl.model(TIED.formatted("et = Transpose(e)\ny = MatMul(t, et)"));
        var quantizer = DynamicInt8.of(model, new DynamicInt8.Request(Selection.ALL, Int8Range.FULL, false));
        assertThat(quantizer.quantize(Map.of("y", "for the quality")).layers())
                .extracting(QuantizedLayer::output)
                .containsExactly("z");
        assertThat(quantizer
                        .quantize(Map.of("h", "for the quality", "z", "too"))
                        .layers())
                .extracting(QuantizedLayer::output)
                .containsExactly("h", "y");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "et = Transpose(e)\ny = MatMul(t, et)", // read by a Gather
                "s = Mul(t, w)\nq = MatMul(t, w)\ny = Add(q, s)", // by anything else
                "y = MatMul(w, t)" // by a product as its left operand
            })
    void aWeightThatStaysInFloatIsNotStoredInInt8BesidesByStaticInt8(String rest) {
        var model = Dsl.model(TIED.replace("const w", "const k float[16,16] seed 3\nconst w")
                .formatted(rest)
                .replace("ids int64[2,5]", "ids int64[16]"));
        var request = new StaticInt8.Request(Selection.ALL, Int8Range.FULL);
        var prepared = StaticInt8.of(model, request);
        var ranges = new HashMap<String, ActivationRange>();
        prepared.observed().forEach(value -> ranges.put(value, new ActivationRange(-4, 4)));
        var int8 = prepared.with(ranges).quantize(Map.of());
        assertThat(bytes(int8.model())).isLessThanOrEqualTo(bytes(model));
        assertThat(int8.inFloat()).extracting(FloatLayer::reason).contains(SHARED);
    }

    @Test
    void trunksThatShareWeightsShareTheirInt8Form() {
        var model = Dsl.model("""
                input ids int64[2,5]
                const e float[90,16] seed 1
                const f float[90,16] seed 4
                const w float[16,16] seed 2
                const v float[16,8] seed 3
                a0 = Gather(e, ids)
                b0 = Gather(f, ids)
                i = Identity(w)
                a1 = MatMul(a0, w)
                b1 = MatMul(b0, i)
                a2 = Tanh(a1)
                b2 = Tanh(b1)
                a3 = MatMul(a2, v)
                b3 = MatMul(b2, v)
                y = Sub(a3, b3)
                output y
                """);
        var int8 = dynamic(model, false);
        assertThat(int8.layers()).hasSize(4);
        assertThat(int8.model().graph().initializers())
                .filteredOn(tensor -> tensor.type() == DType.INT8)
                .hasSize(2);
        assertNear(model, int8.model(), 90);
    }
}
