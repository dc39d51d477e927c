package dev.coppice.ir.layer;

import dev.coppice.ir.Node;
import dev.coppice.ir.weight.Resolution;
import dev.coppice.ir.weight.Weight;
import dev.coppice.ir.weight.WeightResolver;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A node that multiplies activations by a stored weight.
 *
 * @param node with one of the {@linkplain WeightOperator operators} that do so
 * @param operand which of the node's inputs the weight is
 * @param weight as the node sees it
 */
public record LinearLayer(Node node, int operand, Weight weight) {

    /** Returns the layers that a node is: one for each operand that holds a stored weight. */
    public static List<LinearLayer> of(Node node, WeightResolver resolver) {
        return WeightOperator.operandsOf(node).stream()
                .flatMap(operand -> at(node, operand, resolver).stream())
                .toList();
    }

    private static Optional<LinearLayer> at(Node node, int operand, WeightResolver resolver) {
        return resolver.resolve(node.input(operand)) instanceof Resolution.Found(var weight)
                ? Optional.of(new LinearLayer(node, operand, weight))
                : Optional.empty();
    }

    public WeightOperator operator() {
        return Objects.requireNonNull(WeightOperator.of(node));
    }

    /**
     * Lays the weight out as {@code [outputs, inputs of a group]}.
     *
     * @throws dev.coppice.ir.BadModelException when the weight's rank or group count does not fit the operator
     */
    public WeightMatrix matrix() {
        return Layouts.of(node, operand, weight);
    }

    /** Returns the name of the activations. */
    public String data() {
        return node.input(dataOperand());
    }

    private int dataOperand() {
        return switch (operator()) {
            case GEMM, MAT_MUL -> 1 - operand;
            case CONV, CONV_TRANSPOSE, LSTM, GRU, RNN -> 0;
        };
    }

    /** Returns the axis of the activations that is summed over, from the end where that is negative. */
    public int dataAxis() {
        return switch (operator()) {
            case CONV, CONV_TRANSPOSE -> 1;
            case GEMM -> isTransposed(node, dataOperand()) == (operand == 0) ? 1 : 0;
            case MAT_MUL -> operand == 1 ? -1 : -2;
            case LSTM, GRU, RNN -> -1;
        };
    }

    /** Returns the axis of the output along which the outputs' features lie, from the end where that is negative; empty for the gates of recurrent layers. */
    public OptionalInt outputAxis() {
        return switch (operator()) {
            case CONV, CONV_TRANSPOSE -> OptionalInt.of(1);
            case GEMM -> OptionalInt.of(operand == 0 ? 0 : 1);
            case MAT_MUL -> OptionalInt.of(operand == 0 ? -2 : -1);
            case LSTM, GRU, RNN -> OptionalInt.empty();
        };
    }

    /** Returns the axis of the weight along which the outputs' features lie; of a transposed convolution those of a group. */
    public int weightAxis() {
        return switch (operator()) {
            case CONV -> 0;
            case CONV_TRANSPOSE, LSTM, GRU, RNN -> 1;
            case GEMM -> (operand == 0) == isTransposed(node, operand) ? 1 : 0;
            case MAT_MUL -> weight.dims().size() - (operand == 0 ? 2 : 1);
        };
    }

    /** Returns in how many parts inputs and outputs are multiplied, each for itself. */
    public int groups() {
        return operator().isConvolution() ? Math.toIntExact(node.intAttribute("group", 1)) : 1;
    }

    /** Says whether a Gemm transposes one of its operands. */
    public static boolean isTransposed(Node node, int operand) {
        return WeightOperator.GEMM.is(node) && node.intAttribute(operand == 0 ? "transA" : "transB", 0) != 0;
    }

    /** Says whether the node does nothing but multiply its operands as they are and add: a Gemm may scale them and transpose the left one. */
    public static boolean isPlain(Node node) {
        return !WeightOperator.GEMM.is(node)
                || (!isTransposed(node, 0)
                        && node.floatAttribute("alpha", 1) == 1
                        && node.floatAttribute("beta", 1) == 1);
    }
}
