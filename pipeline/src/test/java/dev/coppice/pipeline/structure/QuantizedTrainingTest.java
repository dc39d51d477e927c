package dev.coppice.pipeline.structure;

import static dev.coppice.pipeline.structure.LawAssertion.assertLaw;
import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.ir.testing.TestData;
import dev.coppice.prune.Blocked;
import dev.coppice.prune.Parameter;
import dev.coppice.prune.Parameters;
import dev.coppice.prune.Selection;
import dev.coppice.prune.group.Group;
import dev.coppice.prune.group.Groups;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Models as training for int8 leaves them: float weights that are rounded while the model runs. ONNX Runtime is the judge. */
class QuantizedTrainingTest {

    private static final String MODEL = """
        opset 19
        input x float[2,7]
        const u float[7,12] seed 1
        const v float[12,8] seed 2
        const vt float[8,12] seed 2
        const o float[8,3] seed 3
        const s float[] = 0.02
        const z0 int8[] = 0
        const zu uint8[] = 128
        const s8 float[8] = 0.01 0.02 0.03 0.04 0.05 0.06 0.07 0.08
        const z8 int8[8] = 0 0 0 0 0 0 0 0
        const zz8 int8[8] = 0 1 2 3 4 5 6 7
        const zu8 uint8[8] = 128 127 126 125 124 123 122 121
        const s12 float[12] = 0.01 0.02 0.03 0.04 0.05 0.06 0.07 0.08 0.01 0.02 0.03 0.04
        const z12 int8[12] = 0 0 0 0 0 0 0 0 0 0 0 0
        const s3x8 float[3,8] fill 0.05
        const z3x8 int8[3,8] fill 0
        a = MatMul(x, u)
        h = Relu(a)
        %s
        c = Relu(b)
        y = MatMul(c, o)
        output y
        """;

    @TempDir
    private Path folder;

    private void assertBothGroupsAreCut(String text) {
        assertThat(around("u", 12, text).blocked()).isEmpty();
        assertThat(around("o", 8, text).blocked()).isEmpty();
        assertLaw(text, folder);
    }

    private static Group around(String constant, int width, String text) {
        return Groups.of(Dsl.model(text)).list().stream()
                .filter(group -> group.width() == width)
                .filter(group -> group.members().stream()
                        .anyMatch(member -> member.constant().equals(constant)))
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "q = QuantizeLinear(v, s, z0)\nw = DequantizeLinear(q, s, z0)\nb = MatMul(h, w)",
                "q = QuantizeLinear(v, s, zu)\nw = DequantizeLinear(q, s, zu)\nb = MatMul(h, w)",
                "q = QuantizeLinear(v, s8, z8) axis=1\nw = DequantizeLinear(q, s8, z8) axis=1\nb = MatMul(h, w)",
                "q = QuantizeLinear(v, s8, zz8) axis=-1\nw = DequantizeLinear(q, s8, zz8) axis=-1\nb = MatMul(h, w)",
                "q = QuantizeLinear(v, s8, zu8) axis=1\nw = DequantizeLinear(q, s8, zu8) axis=1\nb = MatMul(h, w)",
                "q = QuantizeLinear(v, s8) axis=1\nw = DequantizeLinear(q, s8) axis=1\nb = MatMul(h, w)",
                "q = QuantizeLinear(v, s12, z12) axis=0\nw = DequantizeLinear(q, s12, z12) axis=0\nb = MatMul(h, w)",
                "q = QuantizeLinear(vt, s8, z8) axis=0\n"
                        + "w = DequantizeLinear(q, s8, z8) axis=0\n"
                        + "b = Gemm(h, w) transB=1",
                "hq = QuantizeLinear(h, s, zu)\nhd = DequantizeLinear(hq, s, zu)\nb = MatMul(hd, v)",
                "hq, hs, hz = DynamicQuantizeLinear(h)\n"
                        + "hd = DequantizeLinear(hq, hs, hz)\n"
                        + "b0 = MatMul(hd, v)\n"
                        + "b1 = MatMul(h, v)\n"
                        + "b = Add(b0, b1)",
            })
    void scalesAndZeroPointsGoWithTheirChannels(String rounding) {
        var text = MODEL.formatted(rounding);
        if (rounding.contains("Dynamic")) {
            assertLaw(text, folder);
        } else {
            assertBothGroupsAreCut(text);
        }
    }

    /** ONNX Runtime 1.29 aborts as it moves this Transpose, so that it cannot be the judge. */
    @Test
    void aTransposeBehindTheRoundingHandsTheChannelsOn() {
        var text = MODEL.formatted("q = QuantizeLinear(vt, s8, z8) axis=0\nd = DequantizeLinear(q, s8, z8) axis=0\n"
                + "w = Transpose(d)\nb = MatMul(h, w)");

        assertThat(around("u", 12, text).blocked()).isEmpty();
        assertThat(around("o", 8, text).blocked()).isEmpty();
    }

    @Test
    void blocksOfNeighboursKeepTheirAxisAndLoseTheOther() {
        var text = MODEL.replace("opset 19", "opset 21")
                .formatted("q = QuantizeLinear(v, s3x8, z3x8) axis=0 block_size=4\n"
                        + "w = DequantizeLinear(q, s3x8, z3x8) axis=0 block_size=4\nb = MatMul(h, w)");

        assertThat(around("u", 12, text).blocked().toString()).contains("block of neighbours");
        assertThat(around("o", 8, text).blocked()).isEmpty();
        assertLaw(text, folder);
    }

    @Test
    void storedIntegersKeepTheirChannelsAndSayWhy() {
        var text =
                MODEL.formatted("const i int8[12,8] fill 3\nw = DequantizeLinear(i, s8, z8) axis=1\nb = MatMul(h, w)");

        assertThat(around("o", 8, text).blocked().toString()).contains("holds INT8, not weights");
        assertThat(Parameters.of(Dsl.model(text), Selection.ALL).blocked())
                .extracting(Blocked::reason)
                .anyMatch(reason -> reason.startsWith("quantized"));
    }

    @Test
    void roundedWeightsArePrunedWhereTheyAreStored() {
        var model = Dsl.model(MODEL.formatted("q = QuantizeLinear(vt, s8, zz8) axis=0\n"
                + "d = DequantizeLinear(q, s8, zz8) axis=0\n"
                + "w = Transpose(d)\n"
                + "b = MatMul(h, w)"));

        assertThat(Parameters.of(model, Selection.ALL).prunable())
                .extracting(Parameter::name)
                .contains("vt");
    }

    @Test
    void aZeroThatWouldNotStayZeroIsNotPruned() {
        var model = Dsl.model(MODEL.formatted(
                "q = QuantizeLinear(v, s8, z8) axis=1\nw = DequantizeLinear(q, s8, zz8) axis=1\nb = MatMul(h, w)"));

        assertThat(Parameters.of(model, Selection.ALL).prunable())
                .extracting(Parameter::name)
                .doesNotContain("v");
    }

    @Test
    void theCaseObeysTheLawAndHasPrunableWeights() {
        var model = OnnxReader.read(TestData.shared("cases/surgery/qat-per-channel.onnx"));

        assertThat(Law.check(model, LawSettings.of(1), folder)).hasSizeGreaterThanOrEqualTo(3);
        assertThat(Parameters.of(model, Selection.ALL).prunable())
                .extracting(Parameter::name)
                .contains("w1", "w2", "w3");
    }
}
