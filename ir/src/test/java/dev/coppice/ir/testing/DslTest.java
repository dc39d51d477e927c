package dev.coppice.ir.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.DType;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

class DslTest {

    @Test
    void everyStatementBecomesItsElement() {
        var model = Dsl.model("""
            ir_version 9
            opset 18
            opset com.microsoft 1
            input x float[batch,3,?,8]   # an image
            const w float[4,3,3,3] seed 1
            const t int64[2] = 2 -1
            y = Conv(x, w) pads=[1,1,1,1] name="conv1"
            a, b = com.microsoft::Thing(y, , t) alpha=0.5 mode="fast"
            output a
            output b int64[2]
            """);
        assertThat(model.irVersion()).isEqualTo(9);
        assertThat(model.opset()).isEqualTo(18);
        var graph = model.graph();
        assertThat(graph.inputs().getFirst().shape())
                .isEqualTo(Shape.of(Dim.of("batch"), Dim.of(3), Dim.unknown(), Dim.of(8)));
        assertThat(Elements.longs(graph.initializers().get(1))).containsExactly(2, -1);
        assertThat(graph.nodes().get(0).intsAttribute("pads")).contains(List.of(1L, 1L, 1L, 1L));
        assertThat(graph.nodes().get(0).name()).isEqualTo("conv1");
        assertThat(graph.nodes().get(1).domain()).isEqualTo("com.microsoft");
        assertThat(graph.nodes().get(1).inputs()).containsExactly("y", "", "t");
        assertThat(graph.nodes().get(1).floatAttribute("alpha", 0)).isEqualTo(0.5f);
        assertThat(graph.outputs().get(1).type()).isEqualTo(DType.INT64);
    }

    @Test
    void aBodySpansLines() {
        var graph = Dsl.model("""
            input c bool[]
            input x float[2]
            y = If(c) then_branch={
              p = Relu(x)
              output p
            } else_branch={
              q = Neg(x)
              output q
            }
            output y
            """).graph();
        assertThat(graph.nodes().getFirst().bodies()).hasSize(2);
        assertThat(graph.nodes().getFirst().bodies().get(1).nodes().getFirst().opType())
                .isEqualTo("Neg");
    }

    @Test
    void whatIsPrintedParsesToTheSame() {
        var text = """
            input x float[n,2]
            const w bfloat16[2] = 1.5 -2.0
            c = Constant() value=int64[2]{1,2}
            y = Op(x, , w) name="op" s=["a","b"] f=[1.0,2.5] i=3
            output y float
            """;
        assertThat(Dsl.print(Dsl.model(text).graph())).isEqualTo(text);
    }

    @Test
    void theSameSeedGivesTheSameValues() {
        var text = "const w float[64] seed 7";
        var first = new float[64];
        var second = new float[64];
        Elements.floats(Dsl.model(text).graph().initializers().getFirst(), 0, first, 64);
        Elements.floats(Dsl.model(text).graph().initializers().getFirst(), 0, second, 64);
        assertThat(first).isEqualTo(second).doesNotHaveDuplicates();
    }

    @Test
    void mistakesNameTheirLine() {
        assertThatThrownBy(() -> Dsl.model("input x float[2]\ny = Relu(x"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("line 2");
        assertThatThrownBy(() -> Dsl.model("const w float[3] = 1 2"))
                .hasMessageContaining("2 values for a constant of shape [3]");
        assertThatThrownBy(() -> Dsl.model("input x flaot[3]")).hasMessageContaining("'flaot' is no element type");
    }

    @Test
    void listsOfWholeNumbersAreInts() {
        var node = Dsl.model("y = Op() a=[1,2] b=[]").graph().nodes().getFirst();
        assertThat(node.attribute("b")).contains(new Attribute.IntsValue(List.of()));
        assertThat(node.intsAttribute("a")).contains(List.of(1L, 2L));
    }
}
