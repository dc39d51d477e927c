package dev.coppice.ir.rules;

import dev.coppice.ir.Graph;
import dev.coppice.ir.Node;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How often each value of a graph is used. */
final class UseCounts {

    private final Map<String, Integer> counts = new HashMap<>();

    UseCounts(Graph graph) {
        graph.outputs().forEach(o -> counts.merge(o.name(), 1, Integer::sum));
        graph.nodes().forEach(n -> usedBy(n).forEach(v -> counts.merge(v, 1, Integer::sum)));
    }

    /** Says whether nothing but the node uses the value. */
    boolean onlyUser(String value, Node node) {
        return of(value) == Collections.frequency(usedBy(node), value);
    }

    /** Returns how often a value is used. */
    int of(String value) {
        return counts.getOrDefault(value, 0);
    }

    /** Returns the values that a node uses, in its bodies too, as often as it does. */
    static List<String> usedBy(Node node) {
        var used = new ArrayList<>(node.inputs());
        for (var body : node.bodies()) {
            body.nodes().forEach(n -> used.addAll(usedBy(n)));
            body.outputs().forEach(o -> used.add(o.name()));
        }
        return used;
    }
}
