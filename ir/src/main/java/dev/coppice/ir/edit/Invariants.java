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
        check(graph, Set.of());
    }

    private static void check(Graph graph, Set<String> outer) {
        var constants = new HashSet<String>();
        for (var tensor : graph.initializers()) {
            define(constants, tensor.name(), "initializer");
        }
        for (var tensor : graph.sparseInitializers()) {
            define(constants, tensor.name(), "initializer");
        }
        var known = new HashSet<>(outer);
        var inputs = new HashSet<String>();
        for (var input : graph.inputs()) {
            define(inputs, input.name(), "graph input");
        }
        known.addAll(constants);
        known.addAll(inputs);
        var defined = new HashSet<>(constants);
        defined.addAll(inputs);
        checkNodes(graph.nodes(), known, defined);
        for (ValueInfo output : graph.outputs()) {
            if (!known.contains(output.name())) {
                throw new BadModelException("the graph output '%s' is never produced".formatted(output.name()), HINT);
            }
        }
    }

    private static void check(Function function) {
        var known = new HashSet<>(function.inputs());
        checkNodes(function.nodes(), known, new HashSet<>(known));
    }

    private static void checkNodes(List<Node> nodes, Set<String> known, Set<String> defined) {
        for (var node : nodes) {
            for (var input : node.inputs()) {
                if (!input.isEmpty() && !known.contains(input)) {
                    throw unknown(node, input, producers(nodes));
                }
            }
            for (var body : node.bodies()) {
                check(body, known);
            }
            for (var output : node.outputs()) {
                if (!output.isEmpty()) {
                    if (!defined.add(output)) {
                        throw new BadModelException(
                                "the value '%s' is produced twice, the second time by node '%s'"
                                        .formatted(output, node.label()),
                                HINT);
                    }
                    known.add(output);
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
                        what + "which node '%s' produces only later: the graph has a cycle or is not sorted"
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
