package dev.coppice.prune.depth;

import dev.coppice.ir.Graph;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.ValueInfo;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.stream.Collectors;

/** Who makes and who reads each value of a graph. */
final class Wiring {

    private static final long IR_VERSION_WITH_DEFAULTS = 4;

    private final Graph graph;
    private final Map<String, Node> producers = new HashMap<>();
    private final IdentityHashMap<Node, Integer> order = new IdentityHashMap<>();
    private final IdentityHashMap<Node, Set<String>> reads = new IdentityHashMap<>();
    private final Map<String, Set<Node>> users = new HashMap<>();
    private final Set<String> outputs;
    private final Set<String> inBodies = new HashSet<>();
    private final Set<String> constants = new HashSet<>();
    private final Map<String, Tensor> initializers = new HashMap<>();
    private long steps;

    Wiring(Model model) {
        this.graph = model.graph();
        this.outputs = graph.outputs().stream().map(ValueInfo::name).collect(Collectors.toSet());
        var inputs = graph.inputs().stream().map(ValueInfo::name).collect(Collectors.toSet());
        for (var tensor : graph.initializers()) {
            initializers.put(tensor.name(), tensor);
            // From IR version 4 on an initializer that is an input too is only a default for it.
            if (model.irVersion() < IR_VERSION_WITH_DEFAULTS || !inputs.contains(tensor.name())) {
                constants.add(tensor.name());
            }
        }
        for (var node : graph.nodes()) {
            order.put(node, order.size());
            node.outputs().forEach(output -> producers.put(output, node));
            node.bodies().forEach(body -> addUsed(body, inBodies));
            var read = new LinkedHashSet<>(node.uses());
            read.remove("");
            reads.put(node, read);
            read.forEach(value -> users.computeIfAbsent(value, _ -> Collections.newSetFromMap(new IdentityHashMap<>()))
                    .add(node));
            if (node.is("Constant")
                    || (node.bodies().isEmpty()
                            && !node.inputs().isEmpty()
                            && !node.opType().startsWith("Random")
                            && node.inputs().stream()
                                    .allMatch(value -> value.isEmpty() || constants.contains(value)))) {
                constants.addAll(node.outputs());
            }
        }
    }

    private static void addUsed(Graph body, Set<String> into) {
        body.nodes().forEach(node -> into.addAll(node.uses()));
        body.outputs().forEach(output -> into.add(output.name()));
    }

    /** Returns how many nodes and values have been looked at so far to find out what lies between others. */
    long steps() {
        return steps;
    }

    /** Says whether a value depends on no input of the model. */
    boolean isConstant(String value) {
        return constants.contains(value);
    }

    boolean isOutput(String value) {
        return outputs.contains(value);
    }

    /** Says whether a node's body reads the value from outside. */
    boolean isReadInBody(String value) {
        return inBodies.contains(value);
    }

    /** Returns the node that makes a value; empty for inputs and initializers. */
    Optional<Node> producer(String value) {
        return Optional.ofNullable(producers.get(value));
    }

    Set<Node> users(String value) {
        return users.getOrDefault(value, Set.of());
    }

    /** Returns the nodes that serve nothing but the operand {@code value} of {@code user}, in the graph's order. */
    List<Node> exclusive(String value, Node user) {
        var latestFirst = new PriorityQueue<Node>(Comparator.comparing(this::place, Comparator.reverseOrder()));
        var seen = Collections.<Node>newSetFromMap(new IdentityHashMap<>());
        var found = Collections.<Node>newSetFromMap(new IdentityHashMap<>());
        producer(value).ifPresent(latestFirst::add);
        while (!latestFirst.isEmpty()) {
            var node = latestFirst.remove();
            steps++;
            // Whatever could be found of a node's users comes later in the graph, and has been decided.
            if (seen.add(node) && serves(node, found, value, user)) {
                found.add(node);
                reads(node).forEach(read -> producer(read).ifPresent(latestFirst::add));
            }
        }
        return sorted(found);
    }

    @SuppressWarnings("ReferenceEquality") // one node is one object in a graph
    private boolean serves(Node node, Set<Node> found, String value, Node user) {
        for (var output : node.outputs()) {
            boolean only = users(output).stream()
                    .allMatch(other -> found.contains(other) || (other == user && output.equals(value)));
            if (isOutput(output) || !only) {
                return false;
            }
        }
        return true;
    }

    private List<Node> sorted(Set<Node> nodes) {
        var sorted = new ArrayList<>(nodes);
        sorted.sort(Comparator.comparingInt(this::place));
        return sorted;
    }

    /** Returns the values that a node reads, those of its bodies too. */
    Set<String> reads(Node node) {
        return reads.getOrDefault(node, Set.of());
    }

    private int place(Node node) {
        return order.getOrDefault(node, 0);
    }

    /** Returns what some nodes read that none of them makes and that is no constant. */
    Set<String> sources(List<Node> nodes) {
        var made = new HashSet<String>();
        nodes.forEach(node -> made.addAll(node.outputs()));
        var sources = new LinkedHashSet<String>();
        for (var node : nodes) {
            for (var read : reads(node)) {
                boolean outside = producers.containsKey(read) || isInput(read);
                if (outside && !made.contains(read) && !isConstant(read)) {
                    sources.add(read);
                }
            }
        }
        return sources;
    }

    private boolean isInput(String value) {
        return graph.inputs().stream().anyMatch(input -> input.name().equals(value));
    }

    /**
     * Returns the nodes on the ways from some values to another, which carry the values' elements: what only asks for their shape is
     * no way.
     */
    List<Node> between(Set<String> from, String to) {
        var ancestors = Collections.<Node>newSetFromMap(new IdentityHashMap<>());
        var open = new ArrayList<String>(List.of(to));
        // What comes before all of them leads to none of them.
        int first = from.stream()
                .mapToInt(value -> producer(value).map(this::place).orElse(-1))
                .min()
                .orElse(-1);
        while (!open.isEmpty()) {
            var value = open.removeLast();
            steps++;
            var node = producers.get(value);
            if (node == null
                    || place(node) < first
                    || from.contains(value)
                    || isConstant(value)
                    || asksForShape(node)) {
                continue;
            }
            if (ancestors.add(node)) {
                open.addAll(reads(node));
            }
        }
        var reached = new HashSet<>(from);
        var between = new ArrayList<Node>();
        for (var node : sorted(ancestors)) {
            if (reads(node).stream().anyMatch(reached::contains)) {
                reached.addAll(node.outputs());
                between.add(node);
            }
        }
        return between;
    }

    private static boolean asksForShape(Node node) {
        return node.is("Shape") || node.is("Size");
    }

    /** Counts the elements of the floating-point constants that only these nodes use; single numbers do not count. */
    long parameters(List<Node> nodes) {
        var own = Collections.<Node>newSetFromMap(new IdentityHashMap<>());
        own.addAll(nodes);
        long count = 0;
        var seen = new HashSet<String>();
        for (var node : nodes) {
            for (var read : reads(node)) {
                steps++;
                var tensor = initializers.get(read);
                if (tensor != null && seen.add(read) && !isOutput(read) && own.containsAll(users(read))) {
                    count += parameters(tensor);
                }
            }
        }
        for (var node : nodes) {
            if (node.is("Constant")) {
                count += node.tensorAttribute("value").map(Wiring::parameters).orElse(0L);
            }
        }
        return count;
    }

    private static long parameters(Tensor tensor) {
        return tensor.type().prunable() && tensor.size() > 1 ? tensor.size() : 0;
    }
}
