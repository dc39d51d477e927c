package dev.coppice.ir.edit;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Function;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.ValueInfo;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Checks what every graph must fulfil: each value has one producer, which stands before its users, and every value that is used
 * exists. Bodies of control-flow nodes may use the values of the graphs around them.
 */
public final class Invariants {

    private static final String HINT = "run the exporter's own checker (onnx.checker) on the model";

    private Invariants() {}

    /** Checks the main graph, its bodies and the functions; throws {@link BadModelException} at the first violation. */
    public static void check(Model model) {
        check(model.graph());
        for (var function : model.functions()) {
            check(function);
        }
    }

    /** Checks a main graph and its bodies; throws {@link BadModelException} at the first violation. */
    public static void check(Graph graph) {
        check(graph, null);
    }

    /** The names that nodes may use: those of a graph so far, and those of the graphs around it. */
    private record Scope(Set<String> names, @Nullable Scope outer) {

        Scope(@Nullable Scope outer) {
            this(new HashSet<>(), outer);
        }

        boolean knows(String name) {
            return names.contains(name) || (outer != null && outer.knows(name));
        }
    }

    private static void check(Graph graph, @Nullable Scope outer) {
        var constants = new HashSet<String>();
        for (var tensor : graph.initializers()) {
            define(constants, tensor.name(), "initializer");
        }
        for (var tensor : graph.sparseInitializers()) {
            define(constants, tensor.name(), "initializer");
        }
        var known = new Scope(outer);
        var inputs = new HashSet<String>();
        for (var input : graph.inputs()) {
            define(inputs, input.name(), "graph input");
        }
        known.names().addAll(constants);
        known.names().addAll(inputs);
        checkNodes(graph.nodes(), known);
        for (ValueInfo output : graph.outputs()) {
            if (!known.knows(output.name())) {
                throw new BadModelException("the graph output '%s' is never produced".formatted(output.name()), HINT);
            }
        }
    }

    private static void check(Function function) {
        var known = new Scope(null);
        known.names().addAll(function.inputs());
        checkNodes(function.nodes(), known);
        for (var output : function.outputs()) {
            if (!known.knows(output)) {
                throw new BadModelException(
                        "the output '%s' of function '%s' is never produced".formatted(output, function.name()), HINT);
            }
        }
    }

    private static void checkNodes(List<Node> nodes, Scope known) {
        for (var node : nodes) {
            for (var input : node.inputs()) {
                if (!input.isEmpty() && !known.knows(input)) {
                    throw unknown(node, input, producers(nodes));
                }
            }
            for (var body : node.bodies()) {
                check(body, known);
            }
            for (var output : node.outputs()) {
                if (!output.isEmpty() && !known.names().add(output)) {
                    throw new BadModelException(
                            "the value '%s' is produced twice, the second time by node '%s'"
                                    .formatted(output, node.label()),
                            HINT);
                }
            }
        }
    }

    private static Map<String, Node> producers(List<Node> nodes) {
        var producers = new HashMap<String, Node>();
        for (var node : nodes) {
            for (var output : node.outputs()) {
                producers.putIfAbsent(output, node);
            }
        }
        return producers;
    }

    private static BadModelException unknown(Node user, String value, Map<String, Node> producers) {
        var producer = producers.get(value);
        var what = "node '%s' (%s) uses '%s', ".formatted(user.label(), user.opType(), value);
        return producer == null
                ? new BadModelException(what + "which nothing produces", HINT)
                : new BadModelException(
                        what
                                + "which node '%s' produces only later: the graph has a cycle or is not sorted"
                                        .formatted(producer.label()),
                        HINT);
    }

    private static void define(Set<String> names, String name, String kind) {
        if (name.isEmpty()) {
            throw new BadModelException("a %s without a name".formatted(kind), HINT);
        }
        if (!names.add(name)) {
            throw new BadModelException("the %s '%s' is defined twice".formatted(kind, name), HINT);
        }
    }
}
