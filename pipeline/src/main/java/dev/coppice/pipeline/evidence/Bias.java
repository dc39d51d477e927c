package dev.coppice.pipeline.evidence;

import dev.coppice.ir.DType;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.layer.WeightOperator;
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
        return switch (WeightOperator.of(node)) {
            case CONV, CONV_TRANSPOSE -> vector(graph, node.input(2), users).map(bias -> of(bias, node.output(0), 1));
            case GEMM ->
                node.floatAttribute("beta", 1) == 1
                        ? vector(graph, node.input(2), users).map(bias -> of(bias, node.output(0), -1))
                        : Optional.empty();
            case MAT_MUL -> behind(graph, node, users);
            case LSTM, GRU, RNN -> Optional.empty();
            case null -> Optional.empty();
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
        return Consumer.reads(graph, name) != users
                ? Optional.empty()
                : Optional.ofNullable(graph.storedTensors().get(name))
                        .filter(tensor -> tensor.type() == DType.FLOAT
                                && tensor.size() > 1
                                && tensor.dims().getLast() == tensor.size())
                        .map(tensor -> tensor.withName(name));
    }
}
