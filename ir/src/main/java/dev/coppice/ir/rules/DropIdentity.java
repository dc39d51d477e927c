package dev.coppice.ir.rules;

import dev.coppice.ir.Graph;
import dev.coppice.ir.Node;
import dev.coppice.ir.edit.GraphEditor;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Removes Identity, and Dropout as it is in inference, where what it copies is computed and is not itself a graph output. */
public final class DropIdentity {

    private DropIdentity() {}

    public static Graph apply(Graph graph) {
        var sources = sources(graph);
        if (sources.isEmpty()) {
            return graph;
        }
        return GraphEditor.edit(graph, editor -> {
            for (var node : graph.nodes()) {
                if (sources.containsKey(node.output(0))) {
                    editor.remove(node);
                } else if (node.inputs().stream().anyMatch(sources::containsKey)) {
                    editor.replace(
                            node,
                            node.withInputs(node.inputs().stream()
                                    .map(input -> sources.getOrDefault(input, input))
                                    .toList()));
                }
            }
        });
    }

    /** Returns what each value that can go is a copy of. */
    private static Map<String, String> sources(Graph graph) {
        var fixed = new HashSet<String>();
        graph.outputs().forEach(output -> fixed.add(output.name()));
        var used = new HashSet<>(fixed);
        for (var node : graph.nodes()) {
            used.addAll(node.inputs());
            // Bodies name values of the graph around them; those names stay.
            node.bodies().forEach(body -> body.nodes().forEach(inner -> fixed.addAll(inner.uses())));
            node.bodies().forEach(body -> body.outputs().forEach(output -> fixed.add(output.name())));
        }
        var computed = new HashSet<String>();
        graph.inputs().forEach(input -> computed.add(input.name()));
        graph.initializers().forEach(tensor -> computed.remove(tensor.name()));
        var sources = new HashMap<String, String>();
        for (var node : graph.nodes()) {
            if (copies(node, used) && computed.contains(node.input(0)) && !fixed.contains(node.output(0))) {
                sources.put(node.output(0), sources.getOrDefault(node.input(0), node.input(0)));
            }
            if (!node.is("Constant")) {
                computed.addAll(node.outputs());
            }
        }
        return sources;
    }

    private static boolean copies(Node node, Set<String> used) {
        boolean training = !node.input(2).isEmpty();
        boolean mask = !node.output(1).isEmpty() && used.contains(node.output(1));
        return node.is("Identity") || (node.is("Dropout") && !training && !mask);
    }
}
