package dev.coppice.pipeline.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.pipeline.data.Batch;
import dev.coppice.pipeline.evidence.RangeMethod;
import dev.coppice.pipeline.evidence.Samples;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.prune.Selection;
import dev.coppice.prune.quantize.Int8Range;
import dev.coppice.prune.quantize.Quantization;
import dev.coppice.prune.quantize.StaticInt8;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Quantized graphs of many kinds stay near the float ones in ONNX Runtime, and go on in uint8 where they can. */
class StaticInt8InRuntimeTest {

    /** A chain of a few layers with 8 bits each: measured errors are below 2 %, a wrong scale gives 30 % and more. */
    private static final double NEAR = 0.04;

    private static Quantization quantize(Model model, Selection selection, long... dims) {
        Samples samples = (_, _, reader) -> {
            for (int seed = 0; seed < 8; seed++) {
                var inputs = Runs.draw(model, seed, dims);
                if (!reader.test(new Batch(inputs, (int) dims[0], List.of(), List.of(), List.of()))) {
                    return;
                }
            }
        };
        var request = new StaticInt8.Request(selection, Int8Range.SEVEN_BIT);
        return StaticQuantization.calibrate(model, request, samples, RangeMethod.MINMAX, 1, Progress.NONE)
                .quantize(Map.of());
    }

    /** Returns the quantized model, which is near the float one. */
    private static Model near(String text, long... dims) {
        var model = Dsl.model(text);
        var quantized = quantize(model, Selection.ALL, dims).model();
        assertThat(quantized.graph().outputs()).isEqualTo(model.graph().outputs());
        assertThat(quantized.graph().inputs()).isEqualTo(model.graph().inputs());
        var inputs = Runs.draw(model, 3, dims);
        assertThat(Runs.relativeError(Runs.outputs(model, inputs), Runs.outputs(quantized, inputs)))
                .isLessThan(NEAR);
        return quantized;
    }

    private static long count(Model model, String op) {
        return model.graph().nodes().stream().filter(node -> node.is(op)).count();
    }

    private static List<String> others(Model model) {
        return model.graph().nodes().stream()
                .map(Node::opType)
                .filter(op -> !op.endsWith("QuantizeLinear") && !op.equals("DequantizeLinear"))
                .toList();
    }

    @Test
    void aResidualBlockReadsFloatOnceAndWritesItOnce() {
        var quantized = near("""
                input x float[1,4,8,8]
                const w float[4,4,3,3] seed 1
                const v float[4,4,1,1] seed 2
                a = Conv(x, w) pads=[1,1,1,1]
                b = Relu(a)
                c = Conv(b, v)
                d = Add(c, b)
                e = Relu(d)
                p = MaxPool(e) kernel_shape=[2,2] strides=[2,2]
                f = Conv(p, v)
                g = Concat(f, p) axis=1
                h = GlobalAveragePool(g)
                i = Flatten(h)
                const u float[8,3] seed 3
                y = Gemm(i, u)
                output y
                """, 1, 4, 8, 8);
        // Of the input, b, c, e, p, f, g, h, i; the Gemm's output is float.
        assertThat(count(quantized, "QuantizeLinear")).isEqualTo(9);
        assertThat(others(quantized)).doesNotContain("Relu");
    }

    @Test
    void hardSwishBetweenConvsHasNoFloatStep() {
        var quantized = near("""
                input x float[1,4,8,8]
                const w float[4,4,3,3] seed 1
                const three float[] = 3
                const zero float[] = 0
                const six float[] = 6
                const gain float[1] = 0.4
                const lift float[1] = -0.3
                a = Conv(x, w)
                b = Add(a, three)
                c = Clip(b, zero, six)
                d = Mul(a, c)
                e = Div(d, six)
                f = Mul(gain, e)
                g = Add(f, lift)
                y = Conv(g, w)
                output y
                """, 1, 4, 8, 8);
        assertThat(others(quantized)).containsExactly("Conv", "Add", "Mul", "Add", "Conv");
    }

    @Test
    void paddedChannelsAreZerosInUint8() {
        var quantized = near("""
                input x float[1,4,8,8]
                const w float[8,4,3,3] seed 1
                const v float[4,4,1,1] seed 2
                const pads int64[8] = 0 2 0 0 0 2 0 0
                a = Conv(x, v)
                b = Conv(a, w) pads=[1,1,1,1]
                p = Pad(a, pads)
                y = Add(b, p)
                z = Conv(y, w) group=2
                output z
                """, 1, 4, 8, 8);
        assertThat(count(quantized, "Pad")).isEqualTo(1);
    }

    @Test
    void movesSplitsAndUpsamplingKeepTheCodes() {
        near("""
                input x float[1,4,6,6]
                const w float[4,4,3,3] seed 1
                const scales float[4] = 1 1 2 2
                const to int64[4] = 0 4 -1 4
                a = Conv(x, w)
                l, r = Split(a) axis=1
                c = Concat(r, l) axis=1
                u = Resize(c, , scales) mode="nearest" coordinate_transformation_mode="asymmetric" nearest_mode="floor"
                t = Transpose(u) perm=[0,2,3,1]
                v = Reshape(t, to)
                k = Transpose(v) perm=[0,3,1,2]
                y = Conv(k, w)
                output y
                """, 1, 4, 6, 6);
    }

    @Test
    void valuesThatAreOutputsOrReadInBodiesKeepTheirNames() {
        near("""
                input x float[1,4,6,6]
                const cond bool[] = 1
                const w float[4,4,3,3] seed 1
                a = Conv(x, w)
                r = Relu(a)
                b = Conv(r, w)
                z = If(cond) then_branch={
                  p = Neg(r)
                  output p float[1,4,4,4]
                } else_branch={
                  q = Abs(r)
                  output q float[1,4,4,4]
                }
                output r
                output b
                output z float[1,4,4,4]
                """, 1, 4, 6, 6);
    }

    @Test
    void sharedWeightsAreStoredOnce() {
        var quantized = near("""
                input x float[1,4,9,9]
                const w float[4,4,3,3] seed 1
                a = Conv(x, w)
                b = Conv(a, w)
                y = Conv(b, w)
                output y
                """, 1, 4, 9, 9);
        assertThat(quantized.graph().initializers())
                .filteredOn(tensor -> tensor.dims().size() == 4)
                .hasSize(1);
    }

    @Test
    void matMulsOfTokensAndConstantNodesOfAnOldOperatorSet() {
        near("""
                ir_version 6
                opset 11
                input x float[2,5,8]
                w = Constant() value=float[8,2]{1,2,3,-4,5,6,7,8,-1,-2,3,4,5,6,7,8}
                const v float[2,3] seed 1
                const b float[3] seed 2
                a = MatMul(x, w)
                c = MatMul(a, v)
                y = Add(c, b)
                output y
                """, 2, 5, 8);
    }

    @Test
    void aLayerKeptInFloatStaysAndTheOthersDoNot() {
        var model = Dsl.model("""
                input x float[1,4,8,8]
                const w float[4,4,3,3] seed 1
                const v float[4,4,3,3] seed 2
                a = Conv(x, w)
                r = Relu(a)
                y = Conv(r, v)
                output y
                """);
        var quantization = quantize(model, new Selection(List.of("v"), List.of()), 1, 4, 8, 8);
        assertThat(quantization.layers()).hasSize(1);
        assertThat(quantization.inFloat()).hasSize(1);
        assertThat(quantization.model().graph().nodes().getLast().input(1)).isEqualTo("v");
    }

    @Test
    void aModelWithoutLayersComesBackAsItIs() {
        var model = Dsl.model("input x float[1,4]\ny = Relu(x)\noutput y\n");
        var quantization = quantize(model, Selection.ALL, 1, 4);
        assertThat(quantization.model()).isSameAs(model);
        assertThat(quantization.isEmpty()).isTrue();
    }

    @Test
    void aGreatBiasBesideNextToNoWeightsFitsInInt32() {
        near("""
                input x float[1,2,4,4]
                const w float[2,2,1,1] = 1e-12 0 1 1
                const b float[2] = 5 0.1
                y = Conv(x, w, b)
                output y
                """, 1, 2, 4, 4);
    }
}
