package dev.coppice.prune.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Mask;
import dev.coppice.ir.Model;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.prune.Selection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StaticInt8Test {

    private static final Model CONV = Dsl.model("""
            input x float[1,8,5,5]
            const w float[6,8,1,1] seed 1
            const scale float[6] seed 2
            const shift float[6] seed 3
            const mean float[6] seed 4
            const var float[6] = 1 2 3 4 5 6
            a = Conv(x, w)
            b = BatchNormalization(a, scale, shift, mean, var)
            y = Relu(b)
            output y
            """);

    private static Quantization quantize(Model model, Selection selection) {
        var int8 = of(model, selection);
        var ranges = new HashMap<String, ActivationRange>();
        int8.observed().forEach(value -> ranges.put(value, new ActivationRange(-1, 3)));
        return int8.with(ranges).quantize(Map.of());
    }

    private static StaticInt8 of(Model model, Selection selection) {
        return StaticInt8.of(model, new StaticInt8.Request(selection, Int8Range.FULL));
    }

    private static Tensor weights(Model model) {
        return model.graph().initializers().stream()
                .filter(tensor -> tensor.type() == DType.INT8 && tensor.dims().size() > 1)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void twoOfFourStayTwoOfFourBehindAFoldedBatchNorm() {
        var mask = new Mask(48);
        for (int i = 0; i < 48; i += 4) {
            mask.prune(i + i / 4 % 3);
            mask.prune(i + 3);
        }
        var model = CONV.mapTensors(tensor -> tensor.name().equals("w") ? tensor.masked(mask) : tensor);
        var quantization = quantize(model, Selection.ALL);
        var codes = Elements.longs(weights(quantization.model()));
        for (int i = 0; i < 48; i++) {
            assertThat(!mask.isPruned(i) || codes[i] == 0).isTrue();
        }
        assertThat(quantization.layers().getFirst().zeros()).isGreaterThanOrEqualTo(24);
    }

    @Test
    void noFloatWeightIsLeftBehind() {
        var quantized = quantize(CONV, Selection.ALL).model().graph();
        assertThat(quantized.initializers())
                .filteredOn(tensor -> tensor.type() == DType.FLOAT)
                .allSatisfy(tensor -> assertThat(tensor.name()).endsWith(".scale"));
        assertThat(quantized.nodes()).noneMatch(node -> node.is("Relu") || node.is("BatchNormalization"));
    }

    @Test
    void whatIsLeftInFloatHasAReason() {
        var model = Dsl.model("""
                input x float[4,4]
                input h float16[4,4]
                const v float16[4,4] seed 1
                const w float[4,4] seed 2
                const c float[4] seed 3
                const u float[4,4] seed 4
                a = MatMul(w, x)
                b = Gemm(a, w, c) alpha=0.5
                d = Gemm(b, u, c)
                e = MatMul(h, v)
                output d
                output e
                """);
        var quantization = quantize(model, Selection.ALL);
        assertThat(quantization.layers()).extracting(QuantizedLayer::output).containsExactly("d");
        assertThat(quantization.inFloat())
                .extracting(FloatLayer::reason)
                .containsExactly(
                        "the weight is the left operand, for which ONNX Runtime has no int8 kernel",
                        "alpha, beta or transA of its Gemm is not the usual one",
                        "its activations are not known to be float32");
    }

    @Test
    void aValueWithoutARangeStaysInFloat() {
        var quantization = of(CONV, Selection.ALL)
                .with(Map.of("x", new ActivationRange(0, 1)))
                .quantize(Map.of());
        assertThat(quantization.layers()).isEmpty();
        assertThat(quantization.inFloat()).extracting(FloatLayer::reason).containsExactly(Int8Layer.NOT_FINITE);
    }

    @Test
    void anOperatorSetThatCannotBeRaisedLeavesAllInFloatAndSaysWhy() {
        var model = Dsl.model("""
                ir_version 6
                opset 9
                input x float[2,4]
                const w float[4,4] seed 2
                a = MatMul(x, w)
                y = Softmax(a) axis=0
                output y float[2,4]
                """);
        var quantization = quantize(model, Selection.ALL);
        assertThat(quantization.model()).isSameAs(model);
        assertThat(quantization.inFloat().getFirst().reason()).contains("opset 9", "Softmax", "export it again");
    }

    @Test
    void aGlobThatMatchesNoLayerIsAnError() {
        assertThatThrownBy(() -> quantize(CONV, new Selection(List.of("fc*"), List.of())))
                .isInstanceOf(UsageException.class);
    }

    @Test
    void zeroHasACodeOfItsOwnInAnyRange() {
        for (float[] range : new float[][] {{-1, 3}, {0.5f, 2}, {-7, -2}, {0, 0}, {-1e-30f, 1e30f}, {0, 1e-45f}}) {
            var scale = ActivationScale.of(new ActivationRange(range[0], range[1]));
            assertThat(scale.zeroPoint()).isBetween(0, 255);
            assertThat(scale.quantize(0)).isEqualTo(scale.zeroPoint());
            assertThat(scale.scale()).isGreaterThanOrEqualTo(Float.MIN_NORMAL);
        }
    }
}
