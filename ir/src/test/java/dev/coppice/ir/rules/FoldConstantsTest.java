package dev.coppice.ir.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.Elements;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.testing.Dsl;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FoldConstantsTest {

    private static final String BUILT_WEIGHT = """
        input x float[2,3]
        const a float[3,2] = 1 2 3 4 5 6
        const b float[3,2] = 7 8 9 10 11 12
        const unrelated int64[1] = 2
        w = Concat(a, b) axis=1
        u = Unsqueeze(unrelated, unrelated)
        y = MatMul(x, w)
        output y float[2,4]
        output u int64[1,1]
        """;

    @Test
    void aNamedValueBecomesAnInitializerAndItsPartsGo() {
        var graph = FoldConstants.fold(Dsl.model(BUILT_WEIGHT).graph(), Set.of("w"));
        assertThat(graph.initializers()).extracting(Tensor::name).containsExactly("unrelated", "w");
        assertThat(floats(graph, "w")).containsExactly(1, 2, 7, 8, 3, 4, 9, 10, 5, 6, 11, 12);
        assertThat(operators(graph)).containsExactly("Unsqueeze", "MatMul");
    }

    @Test
    void aChainOfNodesFoldsAtOnce() {
        var graph = FoldConstants.fold(Dsl.model("""
            input x float[1,2]
            const base float[2,4] seed 1
            const starts int64[1] = 2
            const ends int64[1] = 4
            const axes int64[1] = 1
            part = Slice(base, starts, ends, axes)
            t = Transpose(part)
            h = Cast(t) to=10
            y = Cast(x) to=10
            z = MatMul(y, h)
            output z float16[1,2]
            """).graph(), Set.of("h"));
        assertThat(graph.initializers()).extracting(Tensor::name).containsExactly("h");
        assertThat(operators(graph)).containsExactly("Cast", "MatMul");
    }

    @Test
    void aModelWithoutInitializersGetsAConstantNode() {
        var graph = FoldConstants.fold(Dsl.model("""
            input x float[1,2]
            c = Constant() value=float[2,2]{1,2,3,4}
            w = Transpose(c)
            y = MatMul(x, w)
            output y float[1,2]
            """).graph(), Set.of("w"));
        assertThat(graph.initializers()).isEmpty();
        assertThat(operators(graph)).containsExactly("Constant", "MatMul");
        assertThat(Elements.bytes(graph.nodes()
                                .getFirst()
                                .tensorAttribute("value")
                                .orElseThrow())
                        .byteSize())
                .isEqualTo(16);
    }

    @Test
    void whatWouldGrowTheModelStays() {
        var text = """
            input x float[64,64]
            const shape int64[2] = 64 64
            const shared float[64] seed 1
            w = ConstantOfShape(shape)
            s = Sin(shared)
            y = Add(x, w)
            z = Add(y, s)
            v = Mul(z, shared)
            output v float[64,64]
            """;
        var graph = Dsl.model(text).graph();
        assertThat(FoldConstants.fold(graph)).isSameAs(graph);
    }

    @Test
    void shapeArithmeticOnConstantsFolds() {
        var graph = FoldConstants.fold(Dsl.model("""
            input x float[2,12]
            const a int64[1] = 3
            const b int64[1] = 4
            const minus int64[1] = -1
            ab = Mul(a, b)
            shape = Concat(minus, ab) axis=0
            y = Reshape(x, shape)
            output y float[2,12]
            """).graph());
        assertThat(operators(graph)).containsExactly("Reshape");
        assertThat(graph.initializers()).extracting(Tensor::name).containsExactly("shape");
        assertThat(Elements.longs(graph.initializers().getFirst())).containsExactly(-1, 12);
    }

    @Test
    void aDefaultThatCallersMayOverrideIsNotFolded() {
        var graph = Dsl.model("""
            input x float[2]
            input scale float[2]
            const scale float[2] = 1 2
            const other float[2] = 1 2
            s = Neg(scale)
            y = Mul(x, s)
            z = Mul(y, other)
            output z float[2]
            """).graph();
        assertThat(FoldConstants.fold(graph, Set.of("s"))).isSameAs(graph);
    }

    @Test
    void aValueOutOfAllProportionStays() {
        var graph = Dsl.model("""
            input x float[1]
            const shape int64[1] = 1099511627776
            w = ConstantOfShape(shape)
            y = Mul(x, w)
            output y float[1099511627776]
            """).graph();
        assertThat(FoldConstants.fold(graph, Set.of("w"))).isSameAs(graph);
    }

    @Test
    void aValueThatIsNotConstantStays() {
        var graph = Dsl.model("""
            input x float[2]
            y = Neg(x)
            output y float[2]
            """).graph();
        assertThat(FoldConstants.fold(graph, Set.of("y"))).isSameAs(graph);
    }

    private static List<String> operators(Graph graph) {
        return graph.nodes().stream().map(n -> n.opType()).toList();
    }

    private static float[] floats(Graph graph, String name) {
        var tensor = graph.initializers().stream()
                .filter(t -> t.name().equals(name))
                .findFirst()
                .orElseThrow();
        var values = new float[(int) tensor.size()];
        Elements.floats(tensor, 0, values, values.length);
        return values;
    }
}
