package dev.coppice.prune.quantize;

import dev.coppice.ir.Node;
import java.util.Optional;
import java.util.Set;

/** How an operator without weights takes part in a quantized graph; what it reads must be quantized already. */
sealed interface Carrying {

    /** Moves values about: its output has the codes and the scale of its input, and ONNX Runtime runs it on uint8. */
    record Moves() implements Carrying {}

    /** Moves values and adds zeros: written on the codes themselves, with the zero point as the filling. */
    record Pads() implements Carrying {}

    /** Multiplies by a positive number, which changes the scale and no code; the node goes. */
    record Rescales(float factor) implements Carrying {}

    /**
     * Computes; ONNX Runtime has it for uint8.
     *
     * @param worthwhile whether it gains even where its output is wanted in float: its output is smaller than its input
     */
    record Computes(boolean worthwhile) implements Carrying {}

    /** Adds a number to all elements, which is quantized too. */
    record AddsConstant(int operand, float value) implements Carrying {}

    Set<String> MOVES = Set.of(
            "Reshape",
            "Flatten",
            "Transpose",
            "Squeeze",
            "Unsqueeze",
            "Slice",
            "MaxPool",
            "Resize",
            "Split",
            "Expand",
            "Tile");

    /** Returns how a node could take part; empty for operators that ONNX Runtime does not run on uint8. */
    static Optional<Carrying> of(Node node, StaticGraph graph) {
        if (!node.isStandard()) {
            return Optional.empty();
        }
        if (MOVES.contains(node.opType())) {
            return moves(node, graph) ? Optional.of(new Moves()) : Optional.empty();
        }
        return switch (node.opType()) {
            case "Pad" -> pads(node, graph) ? Optional.of(new Pads()) : Optional.empty();
            case "GlobalAveragePool" -> activation(node, graph).map(_ -> new Computes(true));
            case "AveragePool" ->
                activation(node, graph)
                        .filter(_ -> node.intAttribute("ceil_mode", 0) == 0)
                        .map(_ -> new Computes(true));
            case "LeakyRelu", "Sigmoid" -> activation(node, graph).map(_ -> new Computes(false));
            case "Concat" ->
                node.inputs().stream().allMatch(graph::isActivation)
                        ? Optional.of(new Computes(false))
                        : Optional.empty();
            case "Add", "Mul", "Div" -> arithmetic(node, graph);
            default -> Optional.empty();
        };
    }

    private static Optional<Node> activation(Node node, StaticGraph graph) {
        return graph.isActivation(node.input(0)) ? Optional.of(node) : Optional.empty();
    }

    private static boolean moves(Node node, StaticGraph graph) {
        boolean exact = !node.is("Resize")
                || (node.stringAttribute("mode", "nearest").equals("nearest")
                        && !node.stringAttribute("coordinate_transformation_mode", "half_pixel")
                                .equals("tf_crop_and_resize"));
        boolean values = !node.is("MaxPool") || node.output(1).isEmpty();
        return exact && values && graph.isActivation(node.input(0));
    }

    private static boolean pads(Node node, StaticGraph graph) {
        boolean zeros = node.input(2).isEmpty()
                || graph.constant(node.input(2))
                        .filter(v -> v.length == 1 && v[0] == 0)
                        .isPresent();
        return zeros
                && graph.isActivation(node.input(0))
                && node.stringAttribute("mode", "constant").equals("constant");
    }

    private static Optional<Carrying> arithmetic(Node node, StaticGraph graph) {
        if (node.inputs().stream().allMatch(graph::isActivation)) {
            return node.is("Div") ? Optional.empty() : Optional.of(new Computes(false));
        }
        int operand = graph.isActivation(node.input(0)) ? 1 : 0;
        var other = node.input(1 - operand);
        if (!graph.isActivation(other) || (node.is("Div") && operand == 0)) {
            return Optional.empty();
        }
        return graph.scalar(node.input(operand), other).flatMap(value -> {
            if (node.is("Add")) {
                return Optional.of(new AddsConstant(operand, value));
            }
            float factor = node.is("Div") ? 1 / value : value;
            return factor > 0 && Float.isFinite(factor) ? Optional.of(new Rescales(factor)) : Optional.empty();
        });
    }
}
