package dev.coppice.prune.group;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.Elements;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.testing.Dsl;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Removes unit 1 of the first group that can be cut, and looks at what nodes and constants have become. */
class CutTest {

    private static Model cut(String text, int... units) {
        var groups = Groups.of(Dsl.model(text));
        var group = groups.list().stream()
                .filter(g -> g.blocked().isEmpty() && g.width() > 1)
                .findFirst()
                .orElseThrow(() -> new AssertionError(
                        groups.list().stream().map(Group::blocked).toList().toString()));
        var removal = groups.nothing();
        for (int unit : units) {
            removal.remove(group, unit);
        }
        return groups.cut(removal);
    }

    private static Node node(Model model, String op) {
        return model.graph().nodes().stream()
                .filter(n -> n.opType().equals(op))
                .findFirst()
                .orElseThrow();
    }

    private static List<Long> dims(Model model, String name) {
        return tensor(model, name).dims();
    }

    private static Tensor tensor(Model model, String name) {
        return model.graph().initializers().stream()
                .filter(t -> t.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static long[] operand(Model model, String op, int i) {
        return Elements.longs(tensor(model, node(model, op).input(i)));
    }

    @Test
    void behindBranchesTheRankThatTheyDeclareIsEnough() {
        var model = cut("""
                input c bool[]
                input x float[1,3,8,8]
                const w float[4,3,1,1] seed 1
                const v float[5,4,1,1] seed 2
                r = If(c) then_branch={
                  p = Relu(x)
                  output p float[1,3,8,8]
                } else_branch={
                  q = MaxPool(x) kernel_shape=[2,2]
                  output q float[1,3,7,7]
                }
                h = Conv(r, w)
                y = Conv(h, v)
                output y
                """, 1);
        assertThat(dims(model, "w")).containsExactly(3L, 3L, 1L, 1L);
        assertThat(dims(model, "v")).containsExactly(5L, 3L, 1L, 1L);
    }

    @Test
    void whatLiesInABranchIsNamedWithTheNodeAroundIt() {
        var model = Dsl.model("""
                input c bool[]
                input x float[1,3,8,8]
                const w float[4,3,1,1] seed 1
                y = If(c) then_branch={
                  const v float[4,3,1,1] seed 2
                  p = Conv(x, v) name="inner"
                  output p float[1,4,8,8]
                } else_branch={
                  q = Conv(x, w) name="other"
                  output q float[1,4,8,8]
                } name="choice"
                output y
                """);
        assertThat(BodyWeights.of(model)).singleElement().satisfies(weight -> {
            assertThat(weight.name()).isEqualTo("v");
            assertThat(weight.node()).isEqualTo("inner");
            assertThat(weight.reason()).contains("If 'choice'");
        });
        assertThat(Groups.of(model).list()).isNotEmpty().allSatisfy(group -> {
            assertThat(group.members().getFirst().nodes()).containsExactly("other");
            assertThat(group.blocked().getFirst()).hasToString("is used inside of (If 'choice')");
        });
    }

    @Test
    void headsGoFromProjectionsAndFromTheTargetsOfReshape() {
        var model = cut("""
                input x float[B,S,8]
                const wq float[8,12] seed 1
                const wk float[8,12] seed 2
                const wv float[8,12] seed 3
                const wo float[12,8] seed 4
                const split int64[4] = 0 0 3 4
                const join int64[3] = 0 0 12
                q = MatMul(x, wq)
                k = MatMul(x, wk)
                v = MatMul(x, wv)
                q4 = Reshape(q, split)
                k4 = Reshape(k, split)
                v4 = Reshape(v, split)
                qt = Transpose(q4) perm=[0,2,1,3]
                kt = Transpose(k4) perm=[0,2,3,1]
                vt = Transpose(v4) perm=[0,2,1,3]
                s = MatMul(qt, kt)
                p = Softmax(s) axis=-1
                a = MatMul(p, vt)
                at = Transpose(a) perm=[0,2,1,3]
                c = Reshape(at, join)
                y = MatMul(c, wo)
                output y
                """, 1);
        assertThat(dims(model, "wq")).containsExactly(8L, 8L);
        assertThat(dims(model, "wv")).containsExactly(8L, 8L);
        assertThat(dims(model, "wo")).containsExactly(8L, 8L);
        assertThat(operand(model, "Reshape", 1)).containsExactly(0, 0, 2, 4);
    }

    @Test
    void targetsThatAreJoinedOfComputedSizesStayConcatsThatRuntimesFold() {
        var model = cut("""
                input x float[B,S,8]
                const w float[8,12] seed 1
                const u float[12,8] seed 2
                const zero int64[1] = 0
                const one int64[1] = 1
                const three int64[1] = 3
                const four int64[1] = 4
                const all int64[1] = 12
                h = MatMul(x, w)
                sizes = Shape(h)
                batch = Gather(sizes, zero)
                rows = Gather(sizes, one)
                split = Concat(batch, rows, three, four) axis=0
                h4 = Reshape(h, split)
                t = Transpose(h4) perm=[0,2,1,3]
                p = Softmax(t) axis=2
                a = Transpose(p) perm=[0,2,1,3]
                join = Concat(batch, rows, all) axis=0
                c = Reshape(a, join)
                y = MatMul(c, u)
                output y
                """, 1);
        var concats =
                model.graph().nodes().stream().filter(node -> node.is("Concat")).toList();
        assertThat(concats).hasSize(2);
        assertThat(concats).allSatisfy(concat -> assertThat(concat.inputs()).startsWith("batch", "rows"));
        assertThat(model.graph().nodes()).filteredOn(node -> node.is("Gather")).hasSize(2);
    }

    @Test
    void whatIsRepeatedForEverySampleLosesChannels() {
        var model = cut("""
                input x float[B,S,8]
                input queries float[1,3,8]
                const w float[8,12] seed 2
                const u float[12,8] seed 3
                const zero int64[1] = 0
                const one int64[1] = 1
                sizes = Shape(x)
                batch = Gather(sizes, zero)
                repeats = Concat(batch, one, one) axis=0
                h = MatMul(queries, w)
                r = Tile(h, repeats)
                y = MatMul(r, u)
                output y
                """, 1);
        assertThat(dims(model, "w")).containsExactly(8L, 11L);
        assertThat(dims(model, "u")).containsExactly(11L, 8L);
    }

    /** As where heads are counted with the batch: three heads of what is left are not as many as four of all. */
    @Test
    void noChannelsGoThatSayHowOftenSomethingIsRepeated() {
        var groups = Groups.of(Dsl.model("""
                input x float[B,8]
                const w float[8,12] seed 1
                const u float[12,8] seed 2
                const t float[1,5] seed 3
                const flat int64[1] = -1
                const one int64[1] = 1
                const twelve int64[1] = 12
                h = MatMul(x, w)
                y = MatMul(h, u)
                all = Reshape(h, flat)
                size = Shape(all)
                batch = Div(size, twelve)
                repeats = Concat(batch, one) axis=0
                z = Tile(t, repeats)
                output y
                output z
                """));
        assertThat(groups.list())
                .filteredOn(group -> group.width() == 12)
                .singleElement()
                .satisfies(group -> assertThat(group.blocked().toString()).contains("is computed with by (Tile"));
    }

    /** As in weights that are standardised while the model runs. */
    @Test
    void statisticsThatComeOutOfBatchNormalizationAreCutWithTheChannels() {
        var model = cut("""
                const a float[1,6,4] seed 1
                const scale float[6] seed 2
                const shift float[6] seed 3
                const mean float[6] seed 4
                const variance float[6] = 1 1 1 1 1 1
                const b float[3,6,1] seed 5
                h = Relu(a)
                z = Mul(h, h)
                n, m, v = BatchNormalization(z, scale, shift, mean, variance) training_mode=1
                y = Conv(n, b)
                output y
                """, 1);
        assertThat(dims(model, "scale")).containsExactly(5L);
        assertThat(dims(model, "mean")).containsExactly(5L);
        assertThat(dims(model, "b")).containsExactly(3L, 5L, 1L);
    }

    @Test
    void groupedConvolutionsLoseWholeGroups() {
        var model = cut("""
                input x float[N,3,5,5]
                const w1 float[8,3,1,1] seed 1
                const w2 float[8,1,3,3] seed 2
                const w3 float[2,8,1,1] seed 3
                a = Conv(x, w1)
                b = Conv(a, w2) group=8 pads=[1,1,1,1]
                y = Conv(b, w3)
                output y
                """, 1, 4);
        assertThat(dims(model, "w2")).containsExactly(6L, 1L, 3L, 3L);
        assertThat(model.graph().nodes().get(1).intAttribute("group", 1)).isEqualTo(6);
    }

    @Test
    void splitsBecomeUneven() {
        var model = cut("""
                input x float[N,4]
                const w float[4,6] seed 1
                const u float[3,2] seed 2
                const v float[3,2] seed 3
                h = MatMul(x, w)
                a, b = Split(h) axis=1
                c = MatMul(a, u)
                d = MatMul(b, v)
                y = Add(c, d)
                output y
                """, 1);
        assertThat(operand(model, "Split", 1)).containsExactly(2, 3);
    }

    @Test
    void slicesAndGathersFollow() {
        var model = cut("""
                input x float[N,4]
                const w float[4,6] seed 1
                const u float[4,2] seed 2
                const v float[2,2] seed 3
                const from int64[1] = 2
                const to int64[1] = 6
                const axis int64[1] = 1
                const places int64[2] = 5 3
                h = MatMul(x, w)
                s = Slice(h, from, to, axis)
                g = Gather(h, places) axis=1
                c = MatMul(s, u)
                d = MatMul(g, v)
                y = Add(c, d)
                output y
                """, 0);
        var kept = dims(model, "w").getLast();
        assertThat(kept).isEqualTo(5L);
        assertThat(node(model, "Slice").inputs()).hasSize(4);
    }

    @Test
    void hiddenUnitsOfRecurrentLayersGoFromEveryGate() {
        var model = cut("""
                input x float[T,B,3]
                const w float[1,20,3] seed 1
                const r float[1,20,5] seed 2
                const b float[1,40] seed 3
                const o float[5,2] seed 4
                h, last, cell = LSTM(x, w, r, b) hidden_size=5
                z = Squeeze(h, axes)
                const axes int64[1] = 1
                y = MatMul(z, o)
                output y
                """, 1);
        assertThat(dims(model, "w")).containsExactly(1L, 16L, 3L);
        assertThat(dims(model, "r")).containsExactly(1L, 16L, 4L);
        assertThat(dims(model, "b")).containsExactly(1L, 32L);
        assertThat(node(model, "LSTM").intAttribute("hidden_size", 0)).isEqualTo(4);
    }

    @Test
    void aSlopeThatSeveralLayersShareIsCopiedWhereTheyDiffer() {
        var groups = Groups.of(Dsl.model("""
                input x float[N,3,4,4]
                const w1 float[4,3,1,1] seed 1
                const w2 float[4,4,1,1] seed 2
                const w3 float[2,4,1,1] seed 3
                const slope float[4,1,1] = 1 2 3 4
                a = Conv(x, w1)
                b = PRelu(a, slope)
                c = Conv(b, w2)
                d = PRelu(c, slope)
                y = Conv(d, w3)
                output y
                """));
        var free = groups.list().stream().filter(g -> g.blocked().isEmpty()).toList();
        assertThat(free).hasSize(2);
        var removal = groups.nothing();
        removal.remove(free.getFirst(), 0);
        var model = groups.cut(removal);
        var slopes = model.graph().nodes().stream()
                .filter(n -> n.is("PRelu"))
                .map(n -> dims(model, n.input(1)))
                .toList();
        assertThat(slopes).containsExactly(List.of(3L, 1L, 1L), List.of(4L, 1L, 1L));
    }

    @Test
    void theIndicesLeftAreTold() {
        var groups = Groups.of(Dsl.model("""
                input x float[N,3,4,4]
                const w float[4,3,1,1] seed 1
                const v float[64,5] seed 2
                a = Conv(x, w)
                f = Flatten(a)
                y = MatMul(f, v)
                output y
                """));
        var removal = groups.nothing();
        var channels = groups.list().stream().filter(g -> g.blocked().isEmpty()).findFirst();
        removal.remove(channels.orElseThrow(), 1);
        assertThat(groups.left("a", removal)).contains(Map.of(1, List.of(0, 2, 3)));
        var flat = IntStream.range(0, 64).filter(i -> i / 16 != 1).boxed().toList();
        assertThat(groups.left("f", removal)).contains(Map.of(1, flat));
        assertThat(groups.left("y", removal)).contains(Map.of());
        assertThat(groups.left("f", groups.nothing())).contains(Map.of());
    }

    @Test
    void whatAnUnknownOperatorReadsStays() {
        var groups = Groups.of(Dsl.model("""
                opset org.example 1
                input x float[N,3]
                const w float[3,4] seed 1
                h = MatMul(x, w)
                y = org.example::Strange(h)
                output y float[N,4]
                """));
        assertThat(groups.list())
                .allSatisfy(group -> assertThat(group.blocked()).isNotEmpty());
        assertThat(groups.list().getLast().blocked().getFirst().op()).isEqualTo("Strange");
    }

    @Test
    void valuesWithoutElementsHaveNoGroups() {
        var groups = Groups.of(Dsl.model("""
                input x float[0,3,4]
                const shape int64[3] = 3 4 0
                y = Reshape(x, shape) allowzero=1
                output y float[3,4,0]
                """));
        assertThat(groups.list()).isEmpty();
    }
}
