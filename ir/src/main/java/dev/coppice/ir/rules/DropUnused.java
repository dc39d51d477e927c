package dev.coppice.ir.rules;

import dev.coppice.ir.Graph;
import dev.coppice.ir.Node;
import dev.coppice.ir.edit.GraphEditor;
import java.util.ArrayList;
import java.util.HashSet;

/** Removes nodes of which no output is used, and what only they used. */
public final class DropUnused {

    private DropUnused() {}

    /** Returns the graph without the nodes that nothing depends on. */
    public static Graph apply(Graph graph) {
        var used = new HashSet<String>();
        graph.outputs().forEach(output -> used.add(output.name()));
        var unused = new ArrayList<Node>();
        for (var node : graph.nodes().reversed()) {
            if (node.outputs().stream().noneMatch(used::contains)) {
                unused.add(node);
            } else {
                used.addAll(node.uses());
            }
        }
        return unused.isEmpty() ? graph : GraphEditor.edit(graph, editor -> unused.forEach(editor::remove));
    }
}
