package dev.coppice.pipeline.structure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.Model;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.rules.InlineFunctions;
import dev.coppice.ir.rules.SequencesToTensors;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.ir.testing.TestData;
import dev.coppice.prune.group.Group;
import dev.coppice.prune.group.Groups;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The law of structured pruning on operators that keep one axis and let others pass, and behind values whose shape only a body tells. */
class PassingAxesTest {

    /** Channels [2,12,8] between two convolutions. */
    private static final String CHANNELS = """
        opset %d
        opset com.microsoft 1
        input x float[2,3,8]
        const w float[12,3,3] seed 1
        const v float[4,12,1] seed 2
        const m int64[1] = -1
        const one int64[] = 1
        const two int64[] = 2
        const len int64[] = 8
        const lengths int64[2] = 5 8
        %s
        c = Conv(x, w) pads=[1,1]
        r = Relu(c)
        %s
        y = Conv(z, v)
        output y float[2,4,?]
        """;

    @TempDir
    private Path folder;

    private static Arguments channels(String name, int opset, String constants, String nodes) {
        return Arguments.of(name, CHANNELS.formatted(opset, constants, nodes));
    }

    static Stream<Arguments> spectra() {
        return Stream.of(
                channels("two-sided, axis of an attribute, opset 17", 17, "", """
                    u = Unsqueeze(r, m)
                    d = DFT(u) axis=2
                    i = DFT(d) axis=2 inverse=1
                    a, b = Split(i) axis=3
                    z = Squeeze(a, m)
                    """),
                channels("one-sided, default axis, opset 20", 20, "", """
                    u = Unsqueeze(r, m)
                    d = DFT(u) onesided=1
                    a, b = Split(d) axis=3 num_outputs=2
                    q = Squeeze(a, m)
                    z = Relu(q)
                    """),
                channels("one-sided and back, with a length", 20, "", """
                    u = Unsqueeze(r, m)
                    d = DFT(u, len, two) onesided=1
                    i = DFT(d, len, two) onesided=1 inverse=1
                    z = Squeeze(i, m)
                    """),
                channels("one-sided and back, without a length", 20, "", """
                    u = Unsqueeze(r, m)
                    d = DFT(u, , two) onesided=1
                    i = DFT(d, , two) onesided=1 inverse=1
                    z = Squeeze(i, m)
                    """),
                channels("padded to another length", 20, "const more int64[] = 12", """
                    u = Unsqueeze(r, m)
                    d = DFT(u, more, two)
                    a, b = Split(d) axis=3 num_outputs=2
                    z = Squeeze(a, m)
                    """));
    }

    static Stream<Arguments> movements() {
        return Stream.of(
                channels("steps turned round", 17, "", """
                    t = Transpose(r) perm=[2,0,1]
                    s = ReverseSequence(t, lengths) time_axis=0 batch_axis=1
                    z = Transpose(s) perm=[1,2,0]
                    """),
                channels("a middle cut out", 18, "const sizes int64[2] = 12 6", """
                    z = CenterCropPad(r, sizes) axes=[1,2]
                    """),
                channels("columns to pictures", 18, """
                    const each float[12,6,1] seed 7
                    const shape int64[3] = 2 -1 4
                    const image int64[2] = 3 3
                    const block int64[2] = 2 2
                    const split int64[4] = 2 12 2 4
                    const flat int64[3] = 2 -1 4
                    const joined int64[3] = 2 12 9
                    const wide float[48,12,1] seed 8
                    const four int64[1] = 4
                    const zero int64[1] = 0
                    const two1 int64[1] = 2
                    """, """
                    k = Conv(r, wide)
                    g = Slice(k, zero, four, two1)
                    p = Col2Im(g, image, block)
                    f = GlobalAveragePool(p)
                    z = Squeeze(f, m)
                    """),
                channels("axes of size one dropped without being named, opset 11", 11, "", """
                    g = GlobalAveragePool(r)
                    s = Squeeze(g)
                    z = Unsqueeze(s) axes=[2]
                    """),
                channels("axes of size one dropped without being named, opset 18", 18, "", """
                    g = GlobalAveragePool(r)
                    s = Squeeze(g)
                    z = Unsqueeze(s, m)
                    """),
                channels("some steps chosen by a condition", 17, "const keep bool[8] = 1 0 1 1 0 1 1 1", """
                    z = Compress(r, keep) axis=2
                    """));
    }

    static Stream<Arguments> sequences() {
        return Stream.of(
                channels("split into parts of a size and joined again", 17, "const part int64[] = 5", """
                    q = SplitToSequence(r, part) axis=1
                    z = ConcatFromSequence(q) axis=1
                    """),
                channels("split into single channels and stacked", 17, "const o int64[] = -1", """
                    q = SplitToSequence(r) axis=0 keepdims=0
                    a = SequenceAt(q, o)
                    p = SequenceInsert(q, a)
                    e = SequenceErase(p, one)
                    z = ConcatFromSequence(e) axis=0 new_axis=1
                    """),
                channels("split at places, opset 12", 12, """
                    const parts int64[2] = 4 8
                    const zero int64[] = 0
                    """, """
                    q = SplitToSequence(r, parts) axis=1
                    a = SequenceAt(q, one)
                    b = SequenceAt(q, zero)
                    z = Concat(b, a) axis=1
                    """),
                channels("built of two and counted", 17, "", """
                    n = Neg(r)
                    q = SequenceConstruct(r, n)
                    l = SequenceLength(q)
                    f = Cast(l) to=1
                    a = SequenceAt(q, one)
                    g = Add(a, r)
                    h = Relu(g)
                    k = Sigmoid(n)
                    j = Add(h, k)
                    z = Mul(j, f)
                    """));
    }

    static Stream<Arguments> bodies() {
        return Stream.of(
                Arguments.of("a loop that hands on a state", behind("""
                    p = Loop(three, true, x) body={
                      input i int64[]
                      input ci bool[]
                      input s float
                      d = Mul(s, half)
                      co = Identity(ci)
                      output co bool[]
                      output d float
                    }
                    """)),
                Arguments.of("a scan over the first axis", behind("""
                    p = Scan(x) num_scan_inputs=1 body={
                      input e float
                      d = Mul(e, half)
                      output d float
                    }
                    """)),
                Arguments.of("branches that declare nothing", behind("""
                    p = If(true) then_branch={
                      d = Mul(x, half)
                      output d float
                    } else_branch={
                      e = Neg(x)
                      output e float
                    }
                    """)),
                Arguments.of("a rank that only the convolution tells", behind("""
                    p = If(true) then_branch={
                      k = Identity(x)
                      output k
                    } else_branch={
                      e = com.microsoft::Gelu(x)
                      output e
                    }
                    """)));
    }

    private static String behind(String nodes) {
        return """
            opset 17
            opset com.microsoft 1
            input x float[2,3,8,8]
            const three int64[] = 3
            const true bool[] = 1
            const half float[] = 0.5
            const w float[10,3,3,3] seed 1
            const v float[4,10] seed 2
            %s
            c = Conv(p, w)
            r = Relu(c)
            g = GlobalAveragePool(r)
            f = Flatten(g)
            y = Gemm(f, v) transB=1
            output y float[2,4]
            """.formatted(nodes);
    }

    private static Model plain(Model model) {
        return SequencesToTensors.apply(InlineFunctions.apply(model));
    }

    private void assertLaw(Model model, int width) {
        assertThat(Groups.of(model).list())
                .filteredOn(group -> group.blocked().isEmpty())
                .extracting(Group::width)
                .contains(width);
        assertThat(Law.check(model, LawSettings.of(1), folder)).anyMatch(round -> round.effect() > 1e-3);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("spectra")
    void channelsPassFourierTransforms(String name, String text) {
        assertLaw(Dsl.model(text), 12);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("movements")
    void channelsPassWhereTheyAreNotMoved(String name, String text) {
        assertLaw(Dsl.model(text), 12);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("sequences")
    void channelsPassThroughSequencesOfKnownElements(String name, String text) {
        var model = plain(Dsl.model(text));
        assertThat(model.graph().nodes()).noneMatch(node -> node.opType().contains("Sequence"));
        assertThat(Groups.of(model).list()).anyMatch(group -> group.blocked().isEmpty() && group.width() > 1);
        assertThat(Law.check(model, LawSettings.of(1), folder)).anyMatch(round -> round.effect() > 1e-3);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("bodies")
    void whatLiesBehindABodyIsCut(String name, String text) {
        assertLaw(Dsl.model(text), 10);
    }

    @ParameterizedTest
    @CsvSource({
        "col2im, 4",
        "dcn-groups, 8",
        "flip-channels, 8",
        "function, 32",
        "gqa-present-undeclared, 24",
        "index-list-dynamo, 12",
        "inplace-slice, 64",
        "irfft, 12",
        "loop-rank, 24",
        "moe, 24",
        "multi-query-dynamo, 4",
        "reverse-sequence, 16",
        "scatternd-constant, 16",
        "sequence-split, 8",
        "squeeze-all, 16"
    })
    void theReportedModelsAreCut(String file, int width) {
        assertLaw(plain(OnnxReader.read(TestData.shared("cases/surgery/" + file + ".onnx"))), width);
    }

    /** Offset groups, convolution groups, both. */
    @ParameterizedTest
    @CsvSource({"1, 2, true", "1, 3, false", "2, 1, true", "2, 2, false", "12, 12, false", "1, 12, true"})
    void offsetGroupsGoWithTheirChannels(int groups, int parts, boolean masked) {
        int width = 12;
        var text = """
            opset 19
            input x float[1,3,6,6]
            const a float[%1$d,3,1,1] seed 1
            const o float[%2$d,3,1,1] seed 2
            const s float[%3$d,3,1,1] seed 3
            const w float[12,%4$d,3,3] seed 4
            const b float[12] seed 5
            const v float[4,12,1,1] seed 6
            c = Conv(x, a)
            f0 = Conv(x, o)
            f = Tanh(f0)
            g0 = Conv(x, s)
            g = Sigmoid(g0)
            d = DeformConv(c, w, f, b%5$s) group=%6$d offset_group=%7$d pads=[1,1,1,1] kernel_shape=[3,3]
            r = Relu(d)
            y0 = Conv(r, v)
            y1 = ReduceMean(g, , ) keepdims=1
            y = Add(y0, y1)
            output y
            """.formatted(width, 18 * parts, 9 * parts, width / groups, masked ? ", g" : "", groups, parts);
        var model = Dsl.model(text);
        assertThat(Groups.of(model).list()).anyMatch(group -> group.blocked().isEmpty() && group.width() > 1);
        assertThat(Law.check(model, LawSettings.of(1), folder)).anyMatch(round -> round.effect() > 1e-3);
    }

    @ParameterizedTest
    @CsvSource({"gelu, 2, true", "silu, 1, false", "identity, 3, true"})
    void unitsOfAllExpertsGoTogether(String activation, int chosen, boolean biased) {
        var bias = biased ? "b1, d, b2" : ", d, ";
        var text = """
            opset 18
            opset com.microsoft 1
            input x float[5,6]
            const i float[6,16] seed 1
            const t float[16,4] seed 2
            const e float[4,24,16] seed 3
            const b1 float[4,24] seed 4
            const d float[4,16,24] seed 5
            const b2 float[4,16] seed 6
            const o float[16,3] seed 7
            h = MatMul(x, i)
            s = MatMul(h, t)
            m = com.microsoft::MoE(h, s, e, %s) activation_type="%s" k=%d normalize_routing_weights=1
            y = MatMul(m, o)
            output y float[5,3]
            """.formatted(bias, activation, chosen);
        assertLaw(Dsl.model(text), 24);
    }

    @org.junit.jupiter.api.Test
    void expertsThatJoinTwoUnitsEachBlockWhatTheyReadAndNoMore() {
        var model = Dsl.model("""
            opset 18
            opset com.microsoft 1
            input x float[5,6]
            const u float[6,10] seed 8
            const i float[10,16] seed 1
            const t float[16,4] seed 2
            const e float[4,48,16] seed 3
            const d float[4,16,24] seed 5
            const o float[16,9] seed 7
            const p float[9,3] seed 9
            g = MatMul(x, u)
            h = MatMul(g, i)
            s = MatMul(h, t)
            m = com.microsoft::MoE(h, s, e, , d) activation_type="swiglu" k=2 swiglu_fusion=1
            n = MatMul(m, o)
            y = MatMul(n, p)
            output y float[5,3]
            """);
        var free = Groups.of(model).list().stream()
                .filter(group -> group.blocked().isEmpty() && group.width() > 1)
                .map(Group::width)
                .sorted()
                .toList();
        assertThat(free).isEqualTo(List.of(9, 10));
    }
}
