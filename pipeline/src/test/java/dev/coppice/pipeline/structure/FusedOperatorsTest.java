package dev.coppice.pipeline.structure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.host.Parallel;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.pipeline.measure.CostAccount;
import dev.coppice.pipeline.measure.WeightCounts;
import dev.coppice.prune.group.Groups;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The law of structured pruning on operators that do at once what exporters wrote out before, and on indexed reads and writes. */
class FusedOperatorsTest {

    private static final String ATTENTION = """
        opset 23
        opset com.microsoft 1
        input x float[2,7,10]
        const e float[10,24] seed 1
        const q float[24,24] seed 2
        const k float[24,%1$d] seed 3
        const v float[24,%1$d] seed 4
        const o float[24,24] seed 5
        const h float[24,5] seed 6
        const cos float[16,3] seed 7
        const sin float[16,3] seed 8
        const at int64[2,7] = 0 1 2 3 4 5 6 0 1 2 3 4 5 6
        const packed float[24,72] seed 9
        const bias float[72] seed 10
        const split int64[4] = 0 0 4 6
        x0 = MatMul(x, e)
        q0 = MatMul(x0, q)
        k0 = MatMul(x0, k)
        v0 = MatMul(x0, v)
        %2$s
        y0 = MatMul(a, o)
        y1 = Add(x0, y0)
        y = MatMul(y1, h)
        output y
        """;

    @TempDir
    private Path folder;

    private static String attention(int keyHeads, String fused) {
        return ATTENTION.formatted(6 * keyHeads, fused);
    }

    private void assertHeadsGo(String text, int heads) {
        var model = Dsl.model(text);
        assertThat(Groups.of(model).list())
                .filteredOn(group -> group.head() && group.blocked().isEmpty())
                .as("groups of heads")
                .anyMatch(group -> group.width() == heads);
        assertLaw(text);
    }

    private void assertLaw(String text) {
        var rounds = Law.check(Dsl.model(text), LawSettings.of(1), folder);
        assertThat(rounds).filteredOn(round -> !round.normalised()).hasSize(3);
        assertThat(rounds.getFirst().effect()).isGreaterThan(1e-3);
    }

    /** Deformable attention (Zhu et al. 2021): heads are counted with the batch where values are read at places of their own. */
    @Test
    void headsThatReadAtPlacesOfTheirOwnGoWithThem() {
        var text = """
            opset 20
            input x float[N,10,5,5]
            const v float[24,10,1,1] seed 1
            const w float[10,24] seed 2
            const o float[24,5] seed 3
            const space int64[2] = 2 3
            const apart int64[4] = -1 6 5 5
            const each int64[4] = -1 4 3 2
            const places int64[4] = -1 1 3 2
            const joined int64[3] = -1 24 3
            c = Conv(x, v)
            values = Reshape(c, apart)
            m = ReduceMean(x, space) keepdims=0
            g = MatMul(m, w)
            g4 = Reshape(g, each)
            t = Tanh(g4)
            grid = Reshape(t, places)
            s = GridSample(values, grid)
            j = Reshape(s, joined)
            r = Transpose(j) perm=[0,2,1]
            y = MatMul(r, o)
            output y
            """;
        assertThat(Groups.of(Dsl.model(text)).list())
                .filteredOn(group -> group.blocked().isEmpty() && group.width() == 4)
                .singleElement()
                .satisfies(group -> assertThat(group.members()).hasSizeGreaterThanOrEqualTo(3));
        assertLaw(text);
    }

    @Test
    void attentionGivesHeadsAway() {
        assertHeadsGo(attention(4, "a = Attention(q0, k0, v0) q_num_heads=4 kv_num_heads=4 is_causal=1"), 4);
    }

    @Test
    void groupedQueriesGoWithTheirKeys() {
        assertHeadsGo(attention(2, "a = Attention(q0, k0, v0) q_num_heads=4 kv_num_heads=2"), 2);
    }

    @Test
    void queriesOfOneKeyGoOneByOne() {
        assertHeadsGo(attention(1, "a = Attention(q0, k0, v0) q_num_heads=4 kv_num_heads=1"), 4);
    }

    @Test
    void rotatedHeadsGoToo() {
        assertHeadsGo(attention(2, """
            q1 = RotaryEmbedding(q0, cos, sin, at) num_heads=4
            k1 = RotaryEmbedding(k0, cos, sin, at) num_heads=2
            a = Attention(q1, k1, v0) q_num_heads=4 kv_num_heads=2
            """), 2);
    }

    @Test
    void headsOnAnAxisOfTheirOwnGoToo() {
        assertHeadsGo(attention(4, """
            const back int64[3] = 0 0 -1
            q1 = Reshape(q0, split)
            k1 = Reshape(k0, split)
            v1 = Reshape(v0, split)
            q2 = Transpose(q1) perm=[0,2,1,3]
            k2 = Transpose(k1) perm=[0,2,1,3]
            v2 = Transpose(v1) perm=[0,2,1,3]
            a0 = Attention(q2, k2, v2)
            a1 = Transpose(a0) perm=[0,2,1,3]
            a = Reshape(a1, back)
            """), 4);
    }

    @Test
    void oneWeightForQueriesKeysAndValuesIsCutInThree() {
        assertHeadsGo(attention(4, "a = com.microsoft::Attention(x0, packed, bias) num_heads=4"), 4);
    }

    @Test
    void aBiasOfAllThreeIsCutInThree() {
        assertHeadsGo(attention(4, "a = com.microsoft::MultiHeadAttention(q0, k0, v0, bias) num_heads=4"), 4);
    }

    @Test
    void attentionCostsWhatItCostsWrittenOut() {
        var fused = attention(4, "a = Attention(q0, k0, v0) q_num_heads=4 kv_num_heads=4");
        var packed = attention(4, "a = com.microsoft::Attention(x0, packed) num_heads=4");
        long projection = 2 * 7 * 24 * 24;
        long scores = 2 * 2 * 4 * 7 * 7 * 6;
        long rest = 2 * 7 * (10 * 24 + 24 * 5);
        assertThat(macs(fused)).isEqualTo(rest + 4 * projection + scores);
        // The three products that nothing reads any more count as well.
        assertThat(macs(packed)).isEqualTo(rest + 4 * projection + scores + 3 * projection);
    }

    private static double macs(String text) {
        return CostAccount.customary(Dsl.model(text), Map.of(), new WeightCounts(Parallel.ONE))
                .macs();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "b = com.microsoft::FusedMatMul(r, w) transB=1",
                "b = com.microsoft::FusedGemm(r, w, c) transB=1 activation=\"Relu\"",
                "b = Einsum(r, w) equation=\"...i,ji\"",
                "b0 = QuantizeLinear(r, s, z)\nb1 = DequantizeLinear(b0, s, z)\nb = Gemm(b1, w, c) transB=1",
                "const i int64[4,1] = 0 1 1 0\nb0 = GatherND(r, i)\nb = Gemm(b0, w, c) transB=1",
                "const i int64[2,1] = 1 0\n"
                        + "const d float[4,12] seed 9\n"
                        + "b0 = ScatterND(d, i, r)\n"
                        + "b = Gemm(b0, w, c) transB=1",
                "const n int64[1] = 1\nb0, b1 = TopK(r, n) axis=0\nb = Gemm(b0, w, c) transB=1"
            })
    void matricesBehindRarerOperatorsAreCut(String operators) {
        assertLaw("""
            opset 18
            opset com.microsoft 1
            input x float[2,9]
            const u float[9,12] seed 1
            const w float[14,12] seed 2
            const c float[14] seed 3
            const h float[14,5] seed 4
            const s float[] = 0.05
            const z int8[] = 0
            a = MatMul(x, u)
            r = Relu(a)
            %s
            y = MatMul(b, h)
            output y
            """.formatted(operators));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "b = com.microsoft::FusedConv(r, w, c, t) activation=\"Relu\" pads=[1,1,1,1]",
                "const o float[18,12,3,3] seed 9\n"
                        + "o0 = Conv(r, o) pads=[1,1,1,1]\n"
                        + "b = DeformConv(r, w, o0) pads=[1,1,1,1] kernel_shape=[3,3]",
                "p, i = MaxPool(r) kernel_shape=[2,2] strides=[2,2]\n"
                        + "b0 = MaxUnpool(p, i) kernel_shape=[2,2] strides=[2,2]\n"
                        + "b = Conv(b0, w, c)",
                "const g float[3,4] = 0. 0. 4. 4. 1. 1. 6. 5. 2. 0. 7. 7.\n"
                        + "const i int64[3] = 0 1 1\n"
                        + "b0 = RoiAlign(r, g, i) output_height=3 output_width=3\n"
                        + "b = Conv(b0, w, c) pads=[1,1,1,1]"
            })
    void mapsBehindRarerOperatorsAreCut(String operators) {
        assertLaw("""
            opset 19
            opset com.microsoft 1
            input x float[2,3,8,8]
            const u float[12,3,3,3] seed 1
            const v float[14,3,3,3] seed 5
            const w float[14,12,3,3] seed 2
            const c float[14] seed 3
            const h float[14,5] seed 4
            a = Conv(x, u) pads=[1,1,1,1]
            r = Relu(a)
            t = Conv(x, v) pads=[1,1,1,1]
            %s
            g2 = GlobalAveragePool(b)
            f = Flatten(g2)
            y = MatMul(f, h)
            output y
            """.formatted(operators));
    }
}
