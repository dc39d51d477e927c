package dev.coppice.ir;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Replaces constants or bodies wherever they stand, keeping every element that contains no changed one the same object. */
@SuppressWarnings("ReferenceEquality") // "the same object" is the point: Origins are kept by identity
final class Mapping {

    private Mapping() {}

    /** Returns a graph with its constants changed, in bodies too. */
    static Graph tensors(Graph graph, UnaryOperator<Tensor> change) {
        var nodes = mapList(graph.nodes(), node -> map(node, change, body -> tensors(body, change)));
        var initializers = mapList(graph.initializers(), change);
        if (nodes == graph.nodes() && initializers == graph.initializers()) {
            return graph;
        }
        return graph.withNodes(nodes).withInitializers(initializers);
    }

    /** Returns a node with its bodies changed. */
    static Node bodies(Node node, UnaryOperator<Graph> change) {
        return map(node, UnaryOperator.identity(), change);
    }

    private static Node map(Node node, UnaryOperator<Tensor> tensors, UnaryOperator<Graph> bodies) {
        var attributes = mapList(node.attributes(), attribute -> map(attribute, tensors, bodies));
        return attributes == node.attributes() ? node : node.withAttributes(attributes);
    }

    private static Attribute map(Attribute attribute, UnaryOperator<Tensor> tensors, UnaryOperator<Graph> bodies) {
        Attribute.Value value = switch (attribute.value()) {
            case Attribute.TensorValue(var tensor) -> {
                var changed = tensors.apply(tensor);
                yield changed == tensor ? attribute.value() : new Attribute.TensorValue(changed);
            }
            case Attribute.GraphValue(var graph) -> {
                var changed = bodies.apply(graph);
                yield changed == graph ? attribute.value() : new Attribute.GraphValue(changed);
            }
            case Attribute.GraphsValue(var graphs) -> {
                var changed = mapList(graphs, bodies);
                yield changed == graphs ? attribute.value() : new Attribute.GraphsValue(changed);
            }
            case Attribute.IntValue _,
                    Attribute.FloatValue _,
                    Attribute.StringValue _,
                    Attribute.IntsValue _,
                    Attribute.FloatsValue _,
                    Attribute.StringsValue _,
                    Attribute.ReferenceValue _,
                    Attribute.OpaqueValue _ -> attribute.value();
        };
        return value == attribute.value() ? attribute : new Attribute(attribute.name(), value, attribute.carried());
    }

    /** Returns the same list when no element changed. */
    private static <T> List<T> mapList(List<T> list, UnaryOperator<T> change) {
        var mapped = new ArrayList<T>(list.size());
        boolean same = true;
        for (var element : list) {
            var changed = change.apply(element);
            same &= changed == element;
            mapped.add(changed);
        }
        return same ? list : mapped;
    }
}
