package dev.coppice.ir.rules;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.Function;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.ValueInfo;
import dev.coppice.ir.edit.FreshNames;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Bodies of functions with the names and attributes of a call. */
final class FunctionBodies {

    private final FreshNames values;
    private final FreshNames names;

    /** The constants of bodies by function and name: stored once, however often the function is called. */
    private final IdentityHashMap<Function, Map<String, Tensor>> constants = new IdentityHashMap<>();

    FunctionBodies(Graph graph) {
        values = FreshNames.ofValues(graph);
        names = FreshNames.ofNodes(graph);
    }

    /** Returns the constants that the nodes returned so far read. */
    List<Tensor> constants() {
        return constants.values().stream()
                .flatMap(own -> own.values().stream())
                .sorted(java.util.Comparator.comparing(Tensor::name))
                .toList();
    }

    /** Returns the nodes that a call stands for. */
    List<Node> of(Function function, Node call) {
        return new Body(function, call).nodes();
    }

    /** One call while it is being written out. */
    private final class Body {

        private final Function function;
        private final Node call;

        Body(Function function, Node call) {
            this.function = function;
            this.call = call;
        }

        List<Node> nodes() {
            var scope = new HashMap<String, String>();
            for (int i = 0; i < function.inputs().size(); i++) {
                scope.put(function.inputs().get(i), call.input(i));
            }
            var nodes = new ArrayList<Node>();
            var handedOn = new ArrayList<Node>();
            for (int i = 0; i < function.outputs().size(); i++) {
                var formal = function.outputs().get(i);
                var actual = call.output(i);
                if (actual.isEmpty()) {
                    continue;
                }
                if (scope.putIfAbsent(formal, actual) != null) {
                    handedOn.add(Node.of("", "Identity", List.of(scope.getOrDefault(formal, formal)), List.of(actual)));
                }
            }
            for (var node : function.nodes()) {
                var shared = node.is("Constant") ? node.tensorAttribute("value") : java.util.Optional.<Tensor>empty();
                if (shared.isPresent() && !function.outputs().contains(node.output(0))) {
                    scope.put(node.output(0), constant(node.output(0), shared.get()));
                } else {
                    nodes.add(renamed(node, scope));
                }
            }
            nodes.addAll(handedOn);
            return nodes;
        }

        private String constant(String name, Tensor tensor) {
            return constants
                    .computeIfAbsent(function, _ -> new LinkedHashMap<>())
                    .computeIfAbsent(name, _ -> tensor.withName(values.of(function.name() + "/" + name)))
                    .name();
        }

        private String fresh(String name) {
            return values.of(call.label() + "/" + name);
        }

        private Node renamed(Node node, Map<String, String> scope) {
            var inputs = node.inputs().stream()
                    .map(input -> scope.getOrDefault(input, input))
                    .toList();
            var outputs = node.outputs().stream()
                    .map(output -> output.isEmpty() ? "" : scope.computeIfAbsent(output, this::fresh))
                    .toList();
            var attributes = new ArrayList<Attribute>();
            for (var attribute : node.attributes()) {
                if (attribute.value() instanceof Attribute.ReferenceValue(var referred, var _)) {
                    given(attribute.name(), referred).ifPresent(attributes::add);
                } else {
                    attributes.add(attribute);
                }
            }
            var name = node.name().isEmpty() ? "" : names.of(call.label() + "/" + node.name());
            var plain = new Node(name, node.opType(), node.domain(), inputs, outputs, attributes, node.carried());
            return plain.withBodies(body -> renamed(body, scope));
        }

        /** Returns what the call, or else the function, gives an attribute; empty when neither does. */
        private java.util.Optional<Attribute> given(String name, String referred) {
            return java.util.stream.Stream.concat(call.attributes().stream(), function.defaults().stream())
                    .filter(attribute -> attribute.name().equals(referred))
                    .findFirst()
                    .map(attribute -> new Attribute(name, attribute.value(), attribute.carried()));
        }

        /** Renames what a body defines: it must not be named as anything outside of it. */
        private Graph renamed(Graph body, Map<String, String> outer) {
            var scope = new HashMap<>(outer);
            var inputs = new ArrayList<ValueInfo>();
            for (var input : body.inputs()) {
                scope.put(input.name(), fresh(input.name()));
                inputs.add(renamed(input, scope));
            }
            var initializers = new ArrayList<Tensor>();
            for (var tensor : body.initializers()) {
                // One that is an input too has its name already.
                boolean isInput =
                        body.inputs().stream().anyMatch(input -> input.name().equals(tensor.name()));
                if (!isInput) {
                    scope.put(tensor.name(), fresh(tensor.name()));
                }
                initializers.add(tensor.withName(scope.getOrDefault(tensor.name(), tensor.name())));
            }
            var nodes = new ArrayList<Node>();
            for (var node : body.nodes()) {
                node.outputs().forEach(scope::remove);
                nodes.add(renamed(node, scope));
            }
            var outputs = body.outputs().stream()
                    .map(output -> renamed(output, scope))
                    .toList();
            return body.withNodes(nodes)
                    .withInitializers(initializers)
                    .withInputs(inputs)
                    .withOutputs(outputs)
                    .withValueInfos(List.of());
        }

        private static ValueInfo renamed(ValueInfo value, Map<String, String> scope) {
            return new ValueInfo(
                    scope.getOrDefault(value.name(), value.name()), value.type(), value.shape(), value.carried());
        }
    }
}
