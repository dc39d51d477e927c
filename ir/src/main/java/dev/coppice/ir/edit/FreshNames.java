package dev.coppice.ir.edit;

import dev.coppice.ir.Graph;
import java.util.HashSet;
import java.util.Set;

/** Makes names that nothing in a graph, or in the bodies in it, has yet. */
public final class FreshNames {

    private final Set<String> taken = new HashSet<>();

    private FreshNames() {}

    /** Returns names for new values. */
    public static FreshNames ofValues(Graph graph) {
        var names = new FreshNames();
        names.takeValues(graph);
        return names;
    }

    /** Returns names for new nodes: ONNX Runtime wants them to be unique, too. */
    public static FreshNames ofNodes(Graph graph) {
        var names = new FreshNames();
        names.takeNodes(graph);
        return names;
    }

    private void takeNodes(Graph graph) {
        for (var node : graph.nodes()) {
            taken.add(node.name());
            node.bodies().forEach(this::takeNodes);
        }
    }

    private void takeValues(Graph graph) {
        graph.inputs().forEach(input -> taken.add(input.name()));
        graph.initializers().forEach(tensor -> taken.add(tensor.name()));
        graph.sparseInitializers().forEach(tensor -> taken.add(tensor.name()));
        for (var node : graph.nodes()) {
            taken.addAll(node.outputs());
            node.bodies().forEach(this::takeValues);
        }
    }

    /** Returns the name, or the name with the first number behind it that is still free; it is taken from then on. */
    public String of(String name) {
        var free = name;
        for (int i = 2; !taken.add(free); i++) {
            free = name + "." + i;
        }
        return free;
    }
}
