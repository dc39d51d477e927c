package dev.coppice.pipeline.measure;

import dev.coppice.ir.Graph;
import dev.coppice.ir.Node;
import dev.coppice.ir.Trait;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;

/** Finds the most bytes of activations alive at once when nodes run in the model's order and a value dies after its last use. */
final class ActivationMemory {

    private final ToLongFunction<String> bytes;
    private final Map<String, String> roots = new HashMap<>();
    private final Map<String, Integer> lastUse = new HashMap<>();

    private ActivationMemory(ToLongFunction<String> bytes) {
        this.bytes = bytes;
    }

    /**
     * Returns the peak.
     *
     * @param nodes the nodes that run, in order
     * @param bytes the size of a value; 0 for constants
     */
    static long peak(Graph graph, List<Node> nodes, ToLongFunction<String> bytes) {
        return new ActivationMemory(bytes).peakOf(graph, nodes);
    }

    private long peakOf(Graph graph, List<Node> nodes) {
        for (int i = 0; i < nodes.size(); i++) {
            var node = nodes.get(i);
            if (node.has(Trait.VIEW)) {
                roots.put(node.output(0), root(node.input(0)));
            }
            for (var used : node.uses()) {
                lastUse.put(root(used), i);
            }
        }
        graph.outputs().forEach(output -> lastUse.put(root(output.name()), nodes.size()));

        Set<String> alive = new HashSet<>();
        graph.inputs().forEach(input -> alive.add(input.name()));
        long live = alive.stream().mapToLong(bytes).sum();
        long peak = live;
        for (int i = 0; i < nodes.size(); i++) {
            for (var output : nodes.get(i).outputs()) {
                if (!output.isEmpty() && alive.add(root(output))) {
                    live += bytes.applyAsLong(root(output));
                }
            }
            peak = Math.max(peak, live);
            live -= release(nodes.get(i), i, alive);
        }
        return peak;
    }

    /** Drops the values that nobody uses after node {@code i}; returns their bytes. */
    private long release(Node node, int i, Set<String> alive) {
        var candidates = new ArrayList<>(node.uses());
        candidates.addAll(node.outputs());
        long freed = 0;
        for (var value : candidates) {
            if (lastUse.getOrDefault(root(value), -1) <= i && alive.remove(root(value))) {
                freed += bytes.applyAsLong(root(value));
            }
        }
        return freed;
    }

    private String root(String value) {
        return roots.getOrDefault(value, value);
    }
}
