package dev.coppice.ir.edit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Carried;
import dev.coppice.ir.Function;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.ir.testing.TestData;
import java.util.List;
import org.junit.jupiter.api.Test;

class TopologicalOrderTest {

    private static final Model SORTED = Dsl.model("""
        input x float[2,3]
        a = Relu(x)
        b = Neg(a)
        c = Abs(a)
        y = Add(b, c)
        output y float[2,3]
        """);

    private static Graph with(Graph graph, List<Node> nodes) {
        return graph.withNodes(nodes);
    }

    private static List<String> operators(List<Node> nodes) {
        return nodes.stream().map(Node::opType).toList();
    }

    @Test
    void aSortedModelStaysTheSameObject() {
        assertThat(TopologicalOrder.sort(SORTED)).isSameAs(SORTED);
    }

    @Test
    void nodesFollowWhatTheyUseAndElseKeepTheirOrder() {
        var reversed =
                SORTED.withGraph(with(SORTED.graph(), SORTED.graph().nodes().reversed()));

        var sorted = TopologicalOrder.sort(reversed).graph();

        assertThat(operators(sorted.nodes())).containsExactly("Relu", "Abs", "Neg", "Add");
        Invariants.check(sorted);
    }

    @Test
    void bodiesAndFunctionsAreSortedToo() {
        var nodes = SORTED.graph().nodes();
        var body = with(SORTED.graph(), nodes.reversed());
        var caller = Node.of(
                "",
                "If",
                List.of("x"),
                List.of("z"),
                new Attribute("then_branch", new Attribute.GraphValue(body), Carried.NOTHING));
        var function = new Function(
                new Function.Id("own", "F", "wide"),
                List.of("x"),
                List.of("y"),
                List.of("alpha"),
                List.of(Attribute.of("beta", 2f)),
                SORTED.opsets(),
                nodes.reversed(),
                Carried.NOTHING);
        var model = new Model(
                SORTED.irVersion(),
                SORTED.opsets(),
                with(SORTED.graph(), List.of(caller)),
                List.of(function),
                SORTED.carried(),
                SORTED.origins());

        var sorted = TopologicalOrder.sort(model);

        assertThat(operators(
                        sorted.graph().nodes().getFirst().bodies().getFirst().nodes()))
                .containsExactly("Relu", "Abs", "Neg", "Add");
        var own = sorted.functions().getFirst();
        assertThat(operators(own.nodes())).containsExactly("Relu", "Abs", "Neg", "Add");
        assertThat(own.withNodes(function.nodes())).isEqualTo(function);
    }

    @Test
    void aSortedFunctionKeepsItsDefaultsItsOperatorSetsAndItsOverload() {
        var nodes = SORTED.graph().nodes();
        var sorted = new Function(
                new Function.Id("own", "F", "second"),
                List.of("x"),
                List.of("y"),
                List.of("axis"),
                List.of(Attribute.of("slope", 0.5f)),
                List.of(new Model.Opset("", 18)),
                nodes,
                Carried.NOTHING);
        var model = new Model(
                SORTED.irVersion(),
                SORTED.opsets(),
                SORTED.graph(),
                List.of(sorted.withNodes(nodes.reversed())),
                SORTED.carried(),
                SORTED.origins());

        var kept = TopologicalOrder.sort(model).functions().getFirst();
        assertThat(operators(kept.nodes())).containsExactly("Relu", "Abs", "Neg", "Add");
        assertThat(kept.withNodes(nodes)).isEqualTo(sorted);
    }

    @Test
    void whatABodyUsesComesBeforeItsNode() {
        var nodes = SORTED.graph().nodes();
        var body = with(SORTED.graph(), List.of(Node.of("", "Neg", List.of("a"), List.of("n"))));
        var caller = Node.of(
                "",
                "If",
                List.of("x"),
                List.of("z"),
                new Attribute("then_branch", new Attribute.GraphValue(body), Carried.NOTHING));
        var graph = with(SORTED.graph(), List.of(caller, nodes.getFirst()));

        assertThat(operators(
                        TopologicalOrder.sort(SORTED.withGraph(graph)).graph().nodes()))
                .containsExactly("Relu", "If");
    }

    @Test
    void aCycleStaysRefused() {
        var nodes = List.of(
                Node.of("", "Add", List.of("x", "b"), List.of("a")), Node.of("", "Neg", List.of("a"), List.of("b")));
        var sorted = TopologicalOrder.sort(SORTED.withGraph(with(SORTED.graph(), nodes)));

        assertThatThrownBy(() -> Invariants.check(sorted))
                .isInstanceOf(BadModelException.class)
                .hasMessageContaining("cycle");
    }

    @Test
    void aConvertersCastsAtTheEndAreReadAndNoted() {
        var model = OnnxReader.read(TestData.shared("cases/surgery/fp16-unsorted.onnx"));

        assertThat(model.origins().isReordered()).isTrue();
        Invariants.check(model);
    }
}
