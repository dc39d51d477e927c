package dev.coppice.pipeline.structure;

import static dev.coppice.pipeline.structure.LawAssertion.assertLaw;
import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.testing.TestData;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A mask means zeros in the weight that is read, however that is computed of what is stored. ONNX Runtime is the judge. */
class ComputedWeightsTest {

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "w = Sigmoid(p)",
                "w = Exp(p)",
                "w = Cos(p)",
                "w = Softplus(p)",
                "w = Softmax(p) axis=1",
                "w = Reciprocal(q)",
                "const e float[] = -1.0\nw = Pow(q, e)",
                "const c float[] = 0.3\nw = Add(p, c)",
                "const c float[9] seed 8\nw = Sub(p, c)",
                "w = Div(p, q)",
                "const c float[] = 1.0\nw = Div(c, q)",
                "const a int64[1] = 1\nn = ReduceL2(p, a)\nw = Div(p, n)",
                "const s float[12,1] seed 9\nt = Abs(s)\nu = Sqrt(t)\nw = Div(p, u)",
                "const g float[12,1] seed 9\nw = Mul(p, g)",
                "t = Transpose(p)\nu = Sigmoid(t)\nw = Transpose(u)",
                "u = Sigmoid(p)\nw = Identity(u)",
                "const n int64[2] = 12 9\nw = ConstantOfShape(n) value=float[1]{0.3}",
                "const n int64[2] = 12 9\nconst c float[12,1] seed 9\nw = Expand(c, n)",
                "const i int64[12] = 3 2 1 0 7 6 5 4 11 10 9 8\nu = Sigmoid(p)\nw = Gather(u, i)",
                "const z float[] = 0.1\n"
                        + "const o uint8[] = 128\n"
                        + "u = QuantizeLinear(p, z, o)\n"
                        + "w = DequantizeLinear(u, z, o)",
                "w = Concat(p1, s1) axis=0",
            })
    void aComputedWeightIsMaskedAsItIsRead(String computing) {
        assertLaw("""
            opset 18
            input x float[3,7]
            const first float[7,12] seed 1
            const p float[12,9] seed 2
            const p0 float[12,9] seed 3
            const p1 float[4,9] seed 4
            const p2 float[8,9] seed 5
            q0 = Abs(p0)
            const half float[] = 0.5
            q = Add(q0, half)
            s1 = Sigmoid(p2)
            a0 = MatMul(x, first)
            h = Tanh(a0)
            %s
            y = MatMul(h, w)
            output y
            """.formatted(computing), folder);
    }

    /** Weight standardisation of the filters, and a scale that a mask would make a division by zero. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "w = Exp(v)",
                "w = Div(v, s)",
                "r = Reciprocal(s)\nw = Mul(v, r)",
                "const a int64[3] = 1 2 3\n"
                        + "m = ReduceMean(v, a)\n"
                        + "d = Sub(v, m)\n"
                        + "d2 = Mul(d, d)\n"
                        + "var = ReduceMean(d2, a)\n"
                        + "std = Sqrt(var)\n"
                        + "w = Div(d, std)",
            })
    void filtersThatAreComputedAreCut(String computing) {
        assertLaw("""
            opset 18
            input x float[2,3,6,6]
            const first float[8,3,3,3] seed 1
            const v float[6,8,3,3] seed 2
            const s0 float[1,8,1,1] seed 3
            s1 = Abs(s0)
            const half float[] = 0.5
            s = Add(s1, half)
            const o float[4,6,1,1] seed 4
            a0 = Conv(x, first)
            r0 = Relu(a0)
            %s
            b = Conv(r0, w)
            c = Relu(b)
            y = Conv(c, o)
            output y
            """.formatted(computing), folder);
    }

    @Test
    void aComputedRecurrenceIsMaskedAsItIsRead() {
        assertLaw("""
            input x float[5,2,3]
            const w float[1,24,3] seed 1
            const r0 float[1,24,6] seed 2
            const o float[6,4] seed 3
            r = Sigmoid(r0)
            s = LSTM(x, w, r) hidden_size=6
            y = MatMul(s, o)
            output y
            """, folder);
    }

    @Test
    void aWeightReadBothStoredAndComputedIsMaskedInBoth() {
        assertLaw("""
            input x float[3,7]
            const first float[7,12] seed 1
            const p float[12,9] seed 2
            a0 = MatMul(x, first)
            h = Tanh(a0)
            w = Sigmoid(p)
            b = MatMul(h, w)
            c = MatMul(h, p)
            y = Add(b, c)
            output y
            """, folder);
    }

    @Test
    void theCaseOfASigmoidObeysTheLaw() {
        var model = OnnxReader.read(TestData.shared("cases/surgery/mask-computed-weight.onnx"));

        assertThat(Law.check(model, LawSettings.of(1), folder)).isNotEmpty();
    }
}
