package dev.coppice.ir.weight;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.Graph;
import dev.coppice.ir.Node;
import dev.coppice.ir.testing.Dsl;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WeightResolverTest {

    @Test
    void anInitializerIsFoundAsItIs() {
        var graph = graph("const w float[2,3] seed 1\noutput w");
        var weight = found(graph, "w");
        assertThat(weight.source()).isSameAs(graph.initializers().getFirst());
        assertThat(weight.dims()).containsExactly(2L, 3L);
        assertThat(weight.strides()).containsExactly(3L, 1L);
        assertThat(weight.offset()).isZero();
    }

    @Test
    void aConstantNodeIsNamedAfterItsOutput() {
        var graph = graph("k = Constant() value=float[2]{1,2} name=\"node\"\ni = Identity(k)\noutput i");
        assertThat(found(graph, "i").name()).isEqualTo("k");
    }

    @Test
    void sharedWeightsHaveTheSameSource() {
        var graph = graph("""
                const w float[2,3] seed 1
                a = Transpose(w)
                i = Identity(w)
                b = Transpose(i)
                output a
                output b
                """);
        assertThat(found(graph, "a").source()).isSameAs(found(graph, "b").source());
    }

    @Test
    void valuesComputedFromInputsAreNotConstant() {
        var graph = graph("input x float[2]\nconst w float[2] = 1 2\ny = Add(x, w)\nz = Transpose(y)\noutput z");
        assertThat(resolve(graph, "x")).isInstanceOf(Resolution.NotConstant.class);
        assertThat(resolve(graph, "z")).isInstanceOf(Resolution.NotConstant.class);
        assertThat(resolve(graph, "absent")).isInstanceOf(Resolution.NotConstant.class);
        assertThat(resolve(graph, "")).isInstanceOf(Resolution.NotConstant.class);
    }

    @Test
    void constantsComputedByOperatorsAreFoldable() {
        var graph = graph("""
                const a float[2] = 1 2
                const b float[2] = 3 4
                c = Concat(a, b) axis=0
                t = Identity(c)
                output t
                """);
        assertThat(resolve(graph, "c")).isEqualTo(new Resolution.Foldable("c"));
        assertThat(resolve(graph, "t")).isEqualTo(new Resolution.Foldable("c"));
    }

    @Test
    void quantizedWeightsAreRefusedWithAReason() {
        var graph = graph("""
                const q int8[2] = 1 2
                const s float[] = 0.5
                const z int8[] = 0
                w = DequantizeLinear(q, s, z)
                t = Transpose(w)
                output t
                """);
        assertRefused(graph, "w", "quantized");
        assertRefused(graph, "t", "quantized");
    }

    @Test
    void placeholdersAreRefusedWithAReason() {
        var graph = graph("const s int64[2] = 3 4\nw = ConstantOfShape(s)\noutput w");
        assertRefused(graph, "w", "placeholder");
    }

    @Test
    void dequantizedActivationsAreNoWeights() {
        var graph = graph("input q int8[2]\nconst s float[] = 0.5\nw = DequantizeLinear(q, s)\noutput w");
        assertThat(resolve(graph, "w")).isInstanceOf(Resolution.NotConstant.class);
    }

    @Test
    void randomNumbersAndForeignOperatorsAreNotConstant() {
        var graph = graph("""
                const w float[2] = 1 2
                r = RandomNormalLike(w)
                f = com.example::Identity(w)
                output r
                output f
                """);
        assertThat(resolve(graph, "r")).isInstanceOf(Resolution.NotConstant.class);
        assertThat(resolve(graph, "f")).isInstanceOf(Resolution.NotConstant.class);
    }

    @Test
    void bodiesSeeOuterConstantsAndTheirOwn() {
        var graph = graph("""
                input c bool[]
                const w float[4,3] seed 1
                const shape int64[1] = 12
                n = Constant() value_ints=[12]
                r = If(c) then_branch={
                  const v float[2] = 1 2
                  t = Transpose(w)
                  p = Reshape(w, shape)
                  o = Reshape(w, n)
                  i = Identity(v)
                  output p
                }
                output r
                """);
        var body = graph.nodes().getLast().bodies().getFirst();
        var inside = WeightResolver.of(graph).inBody(body);
        assertThat(weight(inside.resolve("w")).source())
                .isSameAs(graph.initializers().getFirst());
        assertThat(weight(inside.resolve("t")).strides()).containsExactly(1L, 3L);
        assertThat(weight(inside.resolve("p")).dims()).containsExactly(12L);
        assertThat(weight(inside.resolve("o")).dims()).containsExactly(12L);
        assertThat(weight(inside.resolve("i")).name()).isEqualTo("v");
        assertThat(resolve(graph, "v")).isInstanceOf(Resolution.NotConstant.class);
    }

    @Test
    void anOperandOfABodyHidesTheOuterConstantOfItsName() {
        var graph = graph("""
                const w float[2] = 1 2
                input n int64[]
                input c bool[]
                r = Loop(n, c) body={
                  input w float[2]
                  t = Identity(w)
                  output t
                }
                output r
                """);
        var inside =
                WeightResolver.of(graph).inBody(graph.nodes().getLast().bodies().getFirst());
        assertThat(inside.resolve("t")).isInstanceOf(Resolution.NotConstant.class);
    }

    @Test
    void aChainOfAHundredThousandOperatorsIsResolved() {
        var nodes = new ArrayList<Node>();
        int length = 100_000;
        for (int i = 1; i <= length; i++) {
            nodes.add(Node.of("", "Identity", List.of("v" + (i - 1)), List.of("v" + i)));
        }
        var start = graph("const v0 float[2] = 1 2\noutput v0");
        var chain = Graph.of("chain", nodes, start.initializers(), List.of(), List.of());
        assertThat(found(chain, "v" + length).name()).isEqualTo("v0");
    }

    @Test
    void operandsThatDependOnThemselvesTwiceAreResolvedInLinearTime() {
        var text = new StringBuilder("const v0 int64[1] = 1\n");
        for (int i = 1; i <= 200; i++) {
            text.append("v%d = Reshape(v%d, v%d)\n".formatted(i, i - 1, i - 1));
        }
        assertThat(found(graph(text + "output v200"), "v200").dims()).containsExactly(1L);
    }

    private static Graph graph(String text) {
        return Dsl.model(text).graph();
    }

    private static Resolution resolve(Graph graph, String value) {
        return WeightResolver.of(graph).resolve(value);
    }

    private static Weight found(Graph graph, String value) {
        return weight(resolve(graph, value));
    }

    private static Weight weight(Resolution resolution) {
        assertThat(resolution).isInstanceOf(Resolution.Found.class);
        return ((Resolution.Found) resolution).weight();
    }

    private static void assertRefused(Graph graph, String value, String reason) {
        assertThat(resolve(graph, value))
                .isInstanceOfSatisfying(
                        Resolution.Refused.class,
                        refused -> assertThat(refused.reason()).contains(reason));
    }
}
