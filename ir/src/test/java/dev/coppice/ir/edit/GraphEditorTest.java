package dev.coppice.ir.edit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.DType;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Node;
import dev.coppice.ir.Shape;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import dev.coppice.ir.ValueInfo;
import dev.coppice.ir.testing.Dsl;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class GraphEditorTest {

    private static final Graph GRAPH = Dsl.model("""
            ir_version 3
            input x float[2,3]
            input w float[3,2]
            const w float[3,2] seed 1
            const unused float[1] = 1
            info t float[2,3]
            info a float[2,3]
            t = Transpose(w) perm=[1,0]
            a = Add(x, t)
            y = Relu(a)
            output y float[2,3]
            """).graph();

    @Test
    void anEditThatChangesNothingDropsOnlyDeadConstants() {
        var edited = GraphEditor.edit(GRAPH, _ -> {});
        assertThat(edited.nodes()).isEqualTo(GRAPH.nodes());
        assertThat(edited.valueInfos()).isEqualTo(GRAPH.valueInfos());
        assertThat(names(edited)).containsExactly("w");
    }

    @Test
    void untouchedElementsStayTheSameObjects() {
        var edited = GraphEditor.edit(GRAPH, e -> e.put(tensor("unused", 1)));
        assertThat(edited.nodes().getFirst()).isSameAs(GRAPH.nodes().getFirst());
        assertThat(edited.initializers().getFirst())
                .isSameAs(GRAPH.initializers().getFirst());
    }

    @Test
    void theOriginalIsNotChanged() {
        var before = Dsl.print(GRAPH);
        GraphEditor.edit(GRAPH, GraphEditorTest::fold);
        assertThat(Dsl.print(GRAPH)).isEqualTo(before);
    }

    @Test
    void foldingANodeDropsItsConstantTheInputOfThatNameAndItsType() {
        var folded = GraphEditor.edit(GRAPH, GraphEditorTest::fold);
        assertThat(folded.nodes()).extracting(Node::opType).containsExactly("Add", "Relu");
        assertThat(names(folded)).containsExactly("t");
        assertThat(folded.inputs()).extracting(ValueInfo::name).containsExactly("x");
        assertThat(folded.valueInfos()).extracting(ValueInfo::name).containsExactly("a");
    }

    @Test
    void replacedNodesStandInPlace() {
        var edited = GraphEditor.edit(
                GRAPH,
                e -> e.replace(
                        GRAPH.nodes().get(1),
                        Node.of("", "Neg", List.of("x"), List.of("n")),
                        Node.of("", "Sub", List.of("t", "n"), List.of("a"))));
        assertThat(edited.nodes()).extracting(Node::opType).containsExactly("Transpose", "Neg", "Sub", "Relu");
    }

    @Test
    void aForgottenTypeIsNotDeclaredAnyMore() {
        var edited = GraphEditor.edit(GRAPH, e -> e.forgetType("a"));
        assertThat(edited.valueInfos()).extracting(ValueInfo::name).containsExactly("t");
    }

    @Test
    void aConstantOfOtherDimensionsIsDeclaredAnew() {
        var edited = GraphEditor.edit(GRAPH, e -> e.put(tensor("w", 5, 2)));
        assertThat(edited.inputs().get(1).shape()).isEqualTo(Shape.of(5, 2));
        assertThat(edited.inputs().getFirst()).isSameAs(GRAPH.inputs().getFirst());
    }

    @Test
    void constantsThatOnlyBodiesUseStay() {
        var graph = Dsl.model("""
                input c bool[]
                const w float[1] = 1
                const k float[1] = 1
                r = If(c) then_branch={
                  p = Neg(w)
                  output p
                } else_branch={
                  output k
                }
                output r
                """).graph();
        assertThat(names(GraphEditor.edit(graph, _ -> {}))).containsExactly("w", "k");
    }

    @Test
    void aConstantThatIsAGraphOutputStays() {
        var graph = Dsl.model("const w float[1] = 1\noutput w").graph();
        assertThat(names(GraphEditor.edit(graph, _ -> {}))).containsExactly("w");
    }

    @Test
    void anEditThatLeavesAValueDanglingIsRefused() {
        assertThatThrownBy(() ->
                        GraphEditor.edit(GRAPH, e -> e.remove(GRAPH.nodes().getFirst())))
                .isInstanceOf(BadModelException.class)
                .hasMessageContaining("uses 't', which nothing produces");
    }

    @Test
    void anEditThatProducesAValueTwiceIsRefused() {
        assertThatThrownBy(() -> GraphEditor.edit(GRAPH, e -> e.put(tensor("y", 1))))
                .as("an unused constant of the name of a value")
                .isInstanceOf(BadModelException.class);
    }

    private static void fold(GraphEditor editor) {
        editor.remove(GRAPH.nodes().getFirst());
        editor.put(tensor("t", 2, 3));
    }

    private static Tensor tensor(String name, long... dims) {
        var sizes = Shape.of(dims);
        byte[] zeros = new byte[(int) sizes.elements().orElseThrow() * Float.BYTES];
        return Tensor.of(
                name,
                DType.FLOAT,
                Arrays.stream(dims).boxed().toList(),
                new TensorData.Bytes(MemorySegment.ofArray(zeros)));
    }

    private static List<String> names(Graph graph) {
        return graph.initializers().stream().map(Tensor::name).toList();
    }
}
