package dev.coppice.ir.rules;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Node;
import java.util.ArrayList;
import java.util.function.UnaryOperator;

/** Changes the bodies of a node. */
final class BodyChange {

    private BodyChange() {}

    /** Returns the node with each of its bodies changed; the node itself when none did change. */
    @SuppressWarnings("ReferenceEquality") // unchanged is the same object
    static Node of(Node node, UnaryOperator<Graph> change) {
        var attributes = new ArrayList<Attribute>();
        boolean same = true;
        for (var attribute : node.attributes()) {
            Attribute.Value value = switch (attribute.value()) {
                case Attribute.GraphValue(var body) -> {
                    var other = change.apply(body);
                    yield other == body ? attribute.value() : new Attribute.GraphValue(other);
                }
                case Attribute.GraphsValue(var all) ->
                    new Attribute.GraphsValue(all.stream().map(change).toList());
                default -> attribute.value();
            };
            same &= value == attribute.value();
            attributes.add(
                    value == attribute.value()
                            ? attribute
                            : new Attribute(attribute.name(), value, attribute.carried()));
        }
        return same
                ? node
                : new Node(
                        node.name(),
                        node.opType(),
                        node.domain(),
                        node.inputs(),
                        node.outputs(),
                        attributes,
                        node.carried());
    }
}
