package dev.coppice.pipeline.structure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.ir.testing.TestData;
import dev.coppice.prune.group.Group;
import dev.coppice.prune.group.Groups;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Outputs after the first (indices, states, statistics, masks) follow a cut, or keep the channels. ONNX Runtime is the judge. */
class SecondaryOutputsTest {

    private static final String POOLED = """
            opset 19
            input x float[2,3,8,8]
            const u float[6,3,3,3] seed 1
            const w float[5,6,1,1] seed 2
            a = Conv(x, u) pads=[1,1,1,1]
            p, i = MaxPool(a) kernel_shape=[2,2] strides=[2,2]
            %s
            y = Conv(b, w)
            output y
            """;

    @TempDir
    private Path folder;

    private static Group produced(String text) {
        return Groups.of(Dsl.model(text)).list().stream()
                .filter(group -> group.name().equals("u"))
                .findFirst()
                .orElseThrow();
    }

    private void assertCut(String text) {
        assertThat(produced(text).blocked()).isEmpty();
        assertThat(Law.check(Dsl.model(text), LawSettings.of(1), folder))
                .anyMatch(round -> !round.normalised() && round.effect() > 1e-3);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "f = Cast(i) to=1\nconst s float[] = 0.01\nb = Mul(f, s)",
                "f = Cast(i) to=1\nc = Mul(p, f)\nb = Tanh(c)",
                "j = Identity(i)\nf = Cast(j) to=1\nb = Mul(p, f)",
                "const n int64[] = 7\nm = Mod(i, n)\nf = Cast(m) to=1\nb = Add(p, f)",
            })
    void indicesReadAsNumbersKeepTheChannels(String reading) {
        assertThat(produced(POOLED.formatted(reading)).blocked())
                .anyMatch(reason -> reason.text().contains("read as numbers"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "b = MaxUnpool(p, i) kernel_shape=[2,2] strides=[2,2]",
                "j = Identity(i)\nr = Relu(p)\nb = MaxUnpool(r, j) kernel_shape=[2,2] strides=[2,2]",
                "s = Shape(a)\nb = MaxUnpool(p, i, s) kernel_shape=[2,2] strides=[2,2]",
                "n = Shape(i)\nc = ConstantOfShape(n) value=float[1]{0.5}\nb = Add(p, c)",
                "b = Relu(p)",
            })
    void unpoolingIntoTheShapeThatWasPooledIsCut(String reading) {
        assertCut(POOLED.formatted(reading));
    }

    @Test
    void unpoolingIntoAnotherShapeKeepsTheChannels() {
        var text = POOLED.formatted(
                "const s int64[4] = 2 6 10 10\nb = MaxUnpool(p, i, s) kernel_shape=[2,2] strides=[2,2]");

        assertThat(produced(text).blocked()).anyMatch(reason -> reason.text().contains("read as numbers"));
    }

    @Test
    void theCaseOfIndicesObeysTheLaw() {
        var model = OnnxReader.read(TestData.shared("cases/surgery/maxpool-indices.onnx"));

        Law.check(model, LawSettings.of(1), folder);
        assertThat(Groups.of(model).list())
                .allSatisfy(group -> assertThat(group.blocked()).isNotEmpty());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "b, m = Dropout(a)\nf = Cast(m) to=1\nz = Mul(b, f)",
                "const n int64[1] = 3\nb, j = TopK(a, n) axis=1\nf = Cast(j) to=1\nz = Mul(b, f)",
                "t = Transpose(a) perm=[0,2,1]\nb, c = Split(t) axis=2 num_outputs=2\nd = Add(b, c)\nz = Transpose(d) perm=[0,2,1]",
                "const g float[6] seed 8\nb, mean, dev = LayerNormalization(a, g)\nd = Mul(b, dev)\nz = Add(d, mean)",
                "const g float[6] seed 8\nb, , , sum = com.microsoft::SkipLayerNormalization(a, a, g)\nz = Add(b, sum)",
            })
    void otherSecondaryOutputsFollowACut(String reading) {
        var text = """
                opset 18
                opset com.microsoft 1
                input x float[2,4,5]
                const u float[6,5] seed 1
                const v float[5,6] seed 2
                const w float[6,3] seed 3
                const v2 float[8,4] seed 4
                a0 = MatMul(x, v)
                a1 = Transpose(a0) perm=[0,2,1]
                const v1 float[4,8] seed 5
                a2 = MatMul(a1, v1)
                a3 = MatMul(a2, v2)
                a = Transpose(a3) perm=[0,2,1]
                %s
                y = ReduceMean(z) keepdims=0
                output y
                """.formatted(reading);

        assertThat(Law.check(Dsl.model(text), LawSettings.of(1), folder)).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"LSTM", "GRU", "RNN"})
    void lastStatesFollowTheirUnits(String op) {
        int gates = op.equals("LSTM") ? 4 : op.equals("GRU") ? 3 : 1;
        var text = """
                input x float[5,2,3]
                const w float[1,%1$d,3] seed 1
                const r float[1,%1$d,6] seed 2
                const o float[6,4] seed 3
                const c float[6,4] seed 4
                s, h%2$s = %3$s(x, w, r) hidden_size=6
                a = MatMul(s, o)
                b = MatMul(%4$s, c)
                y = Add(a, b)
                output y
                """.formatted(6 * gates, gates == 4 ? ", k" : "", op, gates == 4 ? "k" : "h");

        assertThat(Law.check(Dsl.model(text), LawSettings.of(1), folder))
                .anyMatch(round -> !round.normalised() && round.effect() > 1e-3);
    }

    @Test
    void aStateThatIsAModelOutputKeepsItsUnits() {
        var text = """
                input x float[5,2,3]
                const w float[1,24,3] seed 1
                const r float[1,24,6] seed 2
                const o float[6,4] seed 3
                s, h, k = LSTM(x, w, r) hidden_size=6
                y = MatMul(s, o)
                output y
                output k
                """;

        assertThat(Groups.of(Dsl.model(text)).list())
                .filteredOn(group -> group.width() == 6)
                .isNotEmpty()
                .allSatisfy(group -> assertThat(group.blocked().toString()).contains("model's output 'k'"));
    }
}
