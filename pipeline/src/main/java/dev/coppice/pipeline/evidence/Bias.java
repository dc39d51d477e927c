package dev.coppice.pipeline.evidence;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.DType;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import java.util.Optional;

/**
 * The stored vector that a layer adds to its outputs.
 *
 * @param name of the constant
 * @param output the value that it has been added to
 * @param axis of that value along which it runs, from the end where that is negative
 */
record Bias(String name, int length, String output, int axis) {

    /**
     * Finds the bias of a layer: its operand, or what the only reader of a MatMul adds.
     *
     * @param users how many nodes may read it
     */
    static Optional<Bias> of(Graph graph, Node node, long users) {
        return switch (node.opType()) {
            case "Conv", "ConvTranspose" ->
                vector(graph, node.input(2), users).map(bias -> of(bias, node.output(0), 1));
            case "Gemm" ->
                node.floatAttribute("beta", 1) == 1
                        ? vector(graph, node.input(2), users).map(bias -> of(bias, node.output(0), -1))
                        : Optional.empty();
            case "MatMul" -> behind(graph, node, users);
            default -> Optional.empty();
        };
    }

    private static Bias of(Tensor bias, String output, int axis) {
        return new Bias(bias.name(), Math.toIntExact(bias.size()), output, axis);
    }

    private static Optional<Bias> behind(Graph graph, Node node, long users) {
        var readers = graph.nodes().stream()
                .filter(other -> other.inputs().contains(node.output(0)))
                .toList();
        if (readers.size() != 1 || !readers.getFirst().is("Add")) {
            return Optional.empty();
        }
        var add = readers.getFirst();
        var other = add.input(0).equals(node.output(0)) ? add.input(1) : add.input(0);
        return vector(graph, other, users).map(bias -> of(bias, add.output(0), -1));
    }

    /** Returns a stored float32 vector that only so many nodes read; a single number would count for all outputs. */
    private static Optional<Tensor> vector(Graph graph, String name, long users) {
        long reads = graph.nodes().stream()
                .flatMap(node -> node.inputs().stream())
                .filter(name::equals)
                .count();
        return stored(graph, name)
                .filter(tensor -> tensor.type() == DType.FLOAT
                        && tensor.size() > 1
                        && tensor.dims().getLast() == tensor.size()
                        && reads == users)
                .map(tensor -> tensor.withName(name));
    }

    /** Returns an initializer, or what a Constant node holds. */
    static Optional<Tensor> stored(Graph graph, String name) {
        for (var tensor : graph.initializers()) {
            if (tensor.name().equals(name)) {
                return Optional.of(tensor);
            }
        }
        return graph.nodes().stream()
                .filter(node -> node.is("Constant") && node.output(0).equals(name))
                .findFirst()
                .flatMap(node -> node.attribute("value"))
                .filter(Attribute.TensorValue.class::isInstance)
                .map(value -> ((Attribute.TensorValue) value).tensor());
    }
}
