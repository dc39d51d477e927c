package dev.coppice.prune;

import dev.coppice.ir.Graph;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.weight.Resolution;
import dev.coppice.ir.weight.WeightResolver;
import java.util.ArrayList;
import java.util.List;

/** Lists every use of a constant as an operand, in graph order; bodies come at the node that holds them, local functions last. */
final class WeightUses {

    /**
     * A constant operand.
     *
     * @param function name of the local function whose body the node stands in, or that the node calls; empty for none
     */
    record Use(Node node, int operand, Resolution constant, String function) {

        String value() {
            return node.input(operand);
        }
    }

    private final Model model;
    private final List<Use> uses = new ArrayList<>();

    private WeightUses(Model model) {
        this.model = model;
    }

    static List<Use> of(Model model) {
        var scan = new WeightUses(model);
        scan.add(model.graph(), WeightResolver.of(model.graph()), "");
        for (var function : model.functions()) {
            var body = Graph.of(function.name(), function.nodes(), List.of(), List.of(), List.of());
            scan.add(body, WeightResolver.of(body), function.name());
        }
        return scan.uses;
    }

    private void add(Graph graph, WeightResolver resolver, String function) {
        for (var node : graph.nodes()) {
            var called = function.isEmpty() ? calledBy(node) : function;
            for (int operand = 0; operand < node.inputs().size(); operand++) {
                if (node.input(operand).isEmpty()) {
                    continue;
                }
                var constant = resolver.resolve(node.input(operand));
                if (!(constant instanceof Resolution.NotConstant)) {
                    uses.add(new Use(node, operand, constant, called));
                }
            }
            node.bodies().forEach(body -> add(body, resolver.inBody(body), function));
        }
    }

    private String calledBy(Node node) {
        return model.calls(node) ? node.opType() : "";
    }
}
