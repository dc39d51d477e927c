package dev.coppice.ir.layer;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.weight.Weight;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Says how each operator uses its weight: which dimensions are output features and which are summed over. */
public final class Layouts {

    private Layouts() {}

    /**
     * Lays out the weight that stands at {@code operand}.
     *
     * @throws BadModelException when the weight's rank or group count does not fit the operator
     * @throws IllegalArgumentException when the node's is no {@link WeightOperator}
     */
    public static WeightMatrix of(Node node, int operand, Weight weight) {
        return switch (WeightOperator.of(node)) {
            case null -> throw new IllegalArgumentException("no layout for " + node.opType());
            // [outC, inC/groups, k...]
            case CONV -> split(ranked(node, weight, 3, 5), List.of(0), from(1, weight));
            case CONV_TRANSPOSE -> transposedConvolution(node, ranked(node, weight, 3, 5));
            case GEMM -> gemm(node, operand, ranked(node, weight, 2, 2));
            case MAT_MUL -> matMul(operand, weight);
            // W [directions, gates * hidden, in], R [directions, gates * hidden, hidden]
            case LSTM, GRU, RNN -> split(ranked(node, weight, 3, 3), List.of(0, 1), List.of(2));
        };
    }

    /** Lays out a constant that is not multiplied: the first dimension gives rows, the others columns; a vector is one row. */
    public static WeightMatrix table(String name, Tensor source) {
        var weight = Weight.of(name, source);
        return weight.dims().size() == 1
                ? split(weight, List.of(), List.of(0))
                : split(weight, List.of(0), from(1, weight));
    }

    /** {@code X · W} with W {@code [batch..., K, N]}, or {@code W · X} with W {@code [batch..., M, K]}. */
    private static WeightMatrix matMul(int operand, Weight weight) {
        int rank = weight.dims().size();
        int reduced = operand == 0 ? rank - 1 : rank - 2;
        var features = new ArrayList<>(from(0, weight));
        features.remove(Integer.valueOf(reduced));
        return split(weight, features, List.of(reduced));
    }

    /** A {@code [M, K]} or transposed, B {@code [K, N]} or transposed. */
    private static WeightMatrix gemm(Node node, int operand, Weight weight) {
        boolean featuresFirst = (operand == 0) != LinearLayer.isTransposed(node, operand);
        return featuresFirst ? split(weight, List.of(0), List.of(1)) : split(weight, List.of(1), List.of(0));
    }

    /**
     * {@code [inC, outC/groups, k...]}: the input channels of a group serve only that group's outputs, so a row begins
     * at its group's block of input channels.
     */
    private static WeightMatrix transposedConvolution(Node node, Weight weight) {
        long groups = node.intAttribute("group", 1);
        long inputs = weight.dims().getFirst();
        if (groups <= 0 || inputs % groups != 0) {
            throw new BadModelException(
                    "ConvTranspose " + node.label() + ": " + inputs + " input channels in " + groups + " groups",
                    "the group attribute must divide the weight's first dimension");
        }
        long step = weight.strides().getFirst();
        var rows = new Axis(
                List.of(groups, weight.dims().get(1)),
                List.of(step * (inputs / groups), weight.strides().get(1)));
        var dims = new ArrayList<>(List.of(inputs / groups));
        var strides = new ArrayList<>(List.of(step));
        dims.addAll(weight.dims().subList(2, weight.dims().size()));
        strides.addAll(weight.strides().subList(2, weight.dims().size()));
        return new WeightMatrix(weight, rows, new Axis(dims, strides));
    }

    private static WeightMatrix split(Weight weight, List<Integer> rows, List<Integer> columns) {
        return new WeightMatrix(weight, axis(weight, rows), axis(weight, columns));
    }

    private static Axis axis(Weight weight, List<Integer> dims) {
        return new Axis(
                dims.stream().map(weight.dims()::get).toList(),
                dims.stream().map(weight.strides()::get).toList());
    }

    private static List<Integer> from(int first, Weight weight) {
        return IntStream.range(first, weight.dims().size()).boxed().toList();
    }

    private static Weight ranked(Node node, Weight weight, int least, int most) {
        int rank = weight.dims().size();
        if (rank < least || rank > most) {
            throw new BadModelException(
                    node.opType() + " " + node.label() + " has a weight of shape " + weight.dims(),
                    "a weight of " + node.opType() + " has " + least + (least == most ? "" : " to " + most)
                            + " dimensions");
        }
        return weight;
    }
}
