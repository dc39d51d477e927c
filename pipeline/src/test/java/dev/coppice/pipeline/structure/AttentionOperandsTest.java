package dev.coppice.pipeline.structure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.ir.testing.TestData;
import dev.coppice.prune.group.Group;
import dev.coppice.prune.group.Groups;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every operand and every output of fused attention goes with the heads, or keeps them. ONNX Runtime is the judge. */
class AttentionOperandsTest {

    /** Four heads of sixteen (two of keys where the operator has groups), in a residual branch. */
    private static final String MODEL = """
            opset 23
            opset com.microsoft 1
            input x float[1,7,10]
            const e float[10,64] seed 1
            const q float[64,64] seed 2
            const k float[64,64] seed 3
            const v float[64,64] seed 4
            const k2 float[64,32] seed 13
            const v2 float[64,32] seed 14
            const all float[64,128] seed 15
            const o float[64,64] seed 5
            const h float[64,5] seed 6
            const w float[64,192] seed 7
            const b float[192] seed 8
            const bias float[1,4,7,7] seed 9
            const every float[1,1,7,7] seed 9
            const sink float[4] seed 10
            const lengths int32[1] = 6
            const total int32[] = 7
            const cos float[16,8] seed 11
            const sin float[16,8] seed 12
            const past float[1,4,3,16] seed 16
            const past2 float[1,4,3,16] seed 17
            const both float[2,1,4,3,16] seed 18
            const keep int32[1,7] fill 1
            const keep10 int32[1,10] fill 1
            const longer float[1,4,7,10] seed 9
            const first float[1,2,3,16] seed 19
            const second float[1,2,3,16] seed 20
            const lengths10 int32[1] = 9
            const total10 int32[] = 10
            const cached float[1,4,9,16] seed 21
            const cached2 float[1,4,9,16] seed 22
            x0 = MatMul(x, e)
            q0 = MatMul(x0, q)
            k0 = MatMul(x0, k)
            v0 = MatMul(x0, v)
            kg = MatMul(x0, k2)
            vg = MatMul(x0, v2)
            qkv = MatMul(x0, all)
            %s
            y0 = MatMul(a, o)
            y1 = Add(x0, y0)
            y = MatMul(y1, h)
            output y
            """;

    @TempDir
    private Path folder;

    private static List<Group> heads(String text) {
        return Groups.of(Dsl.model(text)).list().stream()
                .filter(group -> group.head() && group.members().stream().anyMatch(m -> m.constant().equals("o")))
                .toList();
    }

    private void assertLaw(String text) {
        var rounds = Law.check(Dsl.model(text), LawSettings.of(1), folder);
        assertThat(rounds).anyMatch(round -> !round.normalised() && round.effect() > 1e-3);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a, p, r, s = Attention(q0, k0, v0, bias) q_num_heads=4 kv_num_heads=4",
                "a, p, r = Attention(q0, k0, v0, longer, past, past2) q_num_heads=4 kv_num_heads=4",
                "a = com.microsoft::Attention(x0, w, b, keep, , bias) num_heads=4",
                "a = com.microsoft::Attention(x0, w, b, , , every) num_heads=4",
                "a, p = com.microsoft::Attention(x0, w, b, keep10, both) num_heads=4",
                "a, p = com.microsoft::Attention(x0, w, b) num_heads=4 unidirectional=1",
                "a = com.microsoft::MultiHeadAttention(q0, k0, v0, b, keep, bias) num_heads=4",
                "a, p, r = com.microsoft::MultiHeadAttention(q0, k0, v0, b, keep10, longer, past, past2) num_heads=4",
                "info s float\na, p, r, s = com.microsoft::MultiHeadAttention(q0, k0, v0) num_heads=4",
                "a = com.microsoft::MultiHeadAttention(q0, cached, cached2) num_heads=4",
                "a = com.microsoft::GroupQueryAttention(q0, kg, vg, , , lengths, total, , , , bias, sink) num_heads=4 kv_num_heads=2",
                "a = com.microsoft::GroupQueryAttention(q0, k0, v0, , , lengths, total, , , , every, sink) num_heads=4 kv_num_heads=4",
                "a = com.microsoft::GroupQueryAttention(qkv, , , , , lengths, total, cos, sin) num_heads=4 kv_num_heads=2 do_rotary=1",
                "a, p, r, s = com.microsoft::GroupQueryAttention(q0, kg, vg, first, second, lengths10, total10, , , , , sink) num_heads=4 kv_num_heads=2 qk_output=1",
            })
    void headsGoWithAllThatBelongsToThem(String attention) {
        var text = MODEL.formatted(attention);

        assertThat(heads(text)).isNotEmpty().allSatisfy(group -> assertThat(group.blocked())
                .isEmpty());
        assertLaw(text);
    }

    /** Reads a secondary output, so that it must follow a cut as the first does. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a, p, r, s = Attention(q0, k0, v0) q_num_heads=4 kv_num_heads=4 | p",
                "a, p, r, s = Attention(q0, k0, v0) q_num_heads=4 kv_num_heads=4 | r",
                "a, p, r, s = Attention(q0, k0, v0) q_num_heads=4 kv_num_heads=4 | s",
                "a, p, r, s = com.microsoft::MultiHeadAttention(q0, k0, v0) num_heads=4 | p",
                "a, p, r, s = com.microsoft::MultiHeadAttention(q0, k0, v0) num_heads=4 | r",
                "a, p, r, s = com.microsoft::MultiHeadAttention(q0, k0, v0) num_heads=4 | s",
            })
    void whatReadsASecondaryOutputIsCutWithTheHeads(String attention, String output) {
        assertLaw(MODEL.formatted(attention + """

                info s float
                const mix float[4,3] seed 30
                t1 = Transpose(%s) perm=[0,2,3,1]
                t2 = MatMul(t1, mix)
                output t2
                """.formatted(output)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a, p, r, s = Attention(q0, k0, v0) q_num_heads=4 kv_num_heads=4 | p",
                "a, p, r, s = Attention(q0, k0, v0) q_num_heads=4 kv_num_heads=4 | r",
                "a, p, r, s = Attention(q0, k0, v0) q_num_heads=4 kv_num_heads=4 | s",
                "a, p = com.microsoft::Attention(x0, w, b) num_heads=4 | p",
                "a, p, r, s = com.microsoft::MultiHeadAttention(q0, k0, v0) num_heads=4 | p",
                "a, p, r, s = com.microsoft::MultiHeadAttention(q0, k0, v0) num_heads=4 | r",
                "a, p, r, s = com.microsoft::MultiHeadAttention(q0, k0, v0) num_heads=4 | s",
                "a, p, r, s = com.microsoft::DecoderMaskedMultiHeadAttention(q0, k0, v0) num_heads=4 | p",
                "a, p, r, s = com.microsoft::GroupQueryAttention(q0, kg, vg, , , lengths, total) num_heads=4 kv_num_heads=2 qk_output=1 | s",
                "a, p, r = com.microsoft::GroupQueryAttention(q0, kg, vg, , , lengths, total) num_heads=4 kv_num_heads=2 | p",
            })
    void headsThatReachAModelOutputStay(String attention, String output) {
        var heads = heads(MODEL.formatted(attention + "\noutput " + output));

        assertThat(heads)
                .anySatisfy(group -> assertThat(group.blocked())
                        .anyMatch(reason -> reason.text().equals("belongs to the model's output '" + output + "'")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a = com.microsoft::GroupQueryAttention(q0, kg, vg, , , lengths, total, , , , , , , , , , sink) num_heads=4 kv_num_heads=2",
                "a, p, r, s, u = com.microsoft::MultiHeadAttention(q0, k0, v0) num_heads=4\nu1 = Identity(u)\noutput u1",
            })
    void anOperandOrOutputThatNoDefinitionHasYetKeepsAll(String attention) {
        assertThat(heads(MODEL.formatted(attention))).isNotEmpty().allSatisfy(group -> assertThat(group.blocked())
                .anyMatch(reason -> reason.text().contains("that the rule does not know")));
    }

    @Test
    void threeOperandsPackedIntoOneKeepAllAndSayWhy() {
        var text = MODEL.formatted("""
                const each int64[5] = 0 0 4 3 16
                w0 = MatMul(x0, w)
                w5 = Reshape(w0, each)
                a = com.microsoft::MultiHeadAttention(w5) num_heads=4
                """);

        assertThat(Groups.of(Dsl.model(text)).list())
                .filteredOn(group -> group.members().stream().allMatch(m -> m.constant().equals("w")))
                .isNotEmpty()
                .allSatisfy(group -> assertThat(group.blocked().toString()).contains("packed into one"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gqa-head-sink",
                "gqa-output-qk",
                "mha-qk-output",
                "attention-present-output",
                "mha-present-output",
                "gqa-present-undeclared"
            })
    void theCasesObeyTheLaw(String name) {
        var file = TestData.shared("cases/surgery/" + name + ".onnx");

        Law.check(OnnxReader.read(file), LawSettings.of(1), folder);
    }

    @Test
    void theSinkOfEachHeadGoesWithIt() {
        var model = OnnxReader.read(TestData.shared("cases/surgery/gqa-head-sink.onnx"));

        assertThat(Law.check(model, LawSettings.of(1), folder)).anyMatch(round -> round.effect() > 1e-3);
    }
}
