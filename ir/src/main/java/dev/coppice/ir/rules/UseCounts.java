package dev.coppice.ir.rules;

import dev.coppice.ir.Graph;
import dev.coppice.ir.Node;
import dev.coppice.ir.ValueInfo;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How often each value of a graph is used. */
public final class UseCounts {

    private final Map<String, Integer> counts = new HashMap<>();

    UseCounts(Graph graph) {
        this(graph.nodes(), graph.outputs().stream().map(ValueInfo::name).toList());
    }

    /** Counts the uses by nodes, with one more for each of the outputs. */
    public UseCounts(Collection<Node> nodes, Collection<String> outputs) {
        outputs.forEach(output -> counts.merge(output, 1, Integer::sum));
        nodes.forEach(node -> node.uses().forEach(value -> counts.merge(value, 1, Integer::sum)));
    }

    boolean isUsed(String value) {
        return of(value) > 0;
    }

    /** Says whether nothing but the node uses the value. */
    boolean onlyUser(String value, Node node) {
        return of(value) == Collections.frequency(node.uses(), value);
    }

    /** Says whether nothing else uses what nodes, the last of which gives their result, hand each other. */
    public boolean isClosed(List<Node> nodes) {
        return nodes.subList(0, nodes.size() - 1).stream()
                .map(node -> node.output(0))
                .allMatch(value -> of(value)
                        == nodes.stream()
                                .mapToInt(reader -> Collections.frequency(reader.inputs(), value))
                                .sum());
    }

    private int of(String value) {
        return counts.getOrDefault(value, 0);
    }
}
