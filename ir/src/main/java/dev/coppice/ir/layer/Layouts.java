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

    /** Returns the operands of a node that hold weights Coppice knows the layout of; empty for other operators. */
    public static List<Integer> weightOperands(Node node) {
        if (!node.isStandard()) {
            return List.of();
        }
        return switch (node.opType()) {
            case "Conv", "ConvTranspose" -> List.of(1);
            case "Gemm", "MatMul" -> List.of(0, 1);
            case "LSTM", "GRU", "RNN" -> List.of(1, 2);
            default -> List.of();
        };
    }

    /**
     * Lays out the weight that stands at {@code operand}.
     *
     * @throws BadModelException when the weight's rank or group count does not fit the operator
     * @throws IllegalArgumentException when the operand is none of {@link #weightOperands}
     */
    public static WeightMatrix of(Node node, int operand, Weight weight) {
        return switch (node.opType()) {
            // [outC, inC/groups, k...]
            case "Conv" -> split(ranked(node, weight, 3, 5), List.of(0), from(1, weight));
            case "ConvTranspose" -> transposedConvolution(node, ranked(node, weight, 3, 5));
            case "Gemm" -> gemm(node, operand, ranked(node, weight, 2, 2));
            case "MatMul" -> matMul(operand, weight);
            // W [directions, gates * hidden, in], R [directions, gates * hidden, hidden]
            case "LSTM", "GRU", "RNN" -> split(ranked(node, weight, 3, 3), List.of(0, 1), List.of(2));
            default -> throw new IllegalArgumentException("no layout for " + node.opType());
        };
    }

    /** Lays out a constant that is not multiplied: the first dimension gives rows, the others columns; a vector is one row. */
    public static WeightMatrix table(String name, Tensor source) {
        var dims = source.dims();
        var strides = new ArrayList<Long>();
        long stride = 1;
        for (long dim : dims.reversed()) {
            strides.addFirst(stride);
            stride *= dim;
        }
        var weight = new Weight(name, source, dims, strides, 0);
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
        boolean transposed = node.intAttribute(operand == 0 ? "transA" : "transB", 0) != 0;
        boolean featuresFirst = (operand == 0) != transposed;
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
