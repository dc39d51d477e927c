package dev.coppice.prune.dead;

import dev.coppice.ir.Elements;
import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.shape.Shapes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A node that adds up products of an activation's channels with stored weights. Element {@code e} of the weight belongs to output channel
 * {@code e / outputStride % outputs} and to channel {@code e / inputStride % inputs} of its group.
 *
 * @param axis of the activation and of the output
 * @param inputs channels of one group
 * @param padded whether zeros that are not in the data are added up at the border
 * @param bias operand that is added, -1 when the operator has none
 */
record Linear(
        Node node,
        Tensor weight,
        int axis,
        int outputAxis,
        int outputs,
        int inputs,
        int outputStride,
        int inputStride,
        int groups,
        boolean padded,
        int bias) {

    private static final int CHUNK = 1 << 14;

    /** Called for each weight that is not zero. */
    @FunctionalInterface
    interface Visitor {
        /**
         * Visits a weight.
         *
         * @param input channel of the activation
         */
        void visit(long element, int output, int input, double weight);
    }

    /** Returns a node's products; null when it is no such node, or its weights are not stored as they are used. */
    static @Nullable Linear of(Node node, Stored stored, Shapes shapes) {
        var weight = stored.get(node.input(1));
        if (weight == null || !node.isStandard() || weight.size() > Integer.MAX_VALUE || weight.size() == 0) {
            return null;
        }
        return switch (node.opType()) {
            case "Conv" -> conv(node, weight);
            case "Gemm" -> gemm(node, weight);
            case "MatMul" -> matMul(node, weight, shapes);
            default -> null;
        };
    }

    /** Weights [M, C/groups, ...]. */
    private static @Nullable Linear conv(Node node, Tensor weight) {
        int groups = (int) node.intAttribute("group", 1);
        if (weight.dims().size() < 3 || groups < 1 || weight.dims().getFirst() % groups != 0) {
            return null;
        }
        int outputs = size(weight, 0);
        int inputs = size(weight, 1);
        int window = (int) (weight.size() / outputs / inputs);
        var auto = node.stringAttribute("auto_pad", "NOTSET");
        boolean padded = auto.startsWith("SAME")
                || node.intsAttribute("pads").orElse(List.of()).stream().anyMatch(pad -> pad != 0);
        return new Linear(node, weight, 1, 1, outputs, inputs, inputs * window, window, groups, padded, 2);
    }

    private static @Nullable Linear gemm(Node node, Tensor weight) {
        boolean plain = node.intAttribute("transA", 0) == 0
                && node.floatAttribute("alpha", 1) == 1
                && node.floatAttribute("beta", 1) == 1;
        if (weight.dims().size() != 2 || !plain) {
            return null;
        }
        boolean transposed = node.intAttribute("transB", 0) != 0;
        return matrix(node, weight, transposed, 1, 2);
    }

    private static @Nullable Linear matMul(Node node, Tensor weight, Shapes shapes) {
        var data = shapes.shape(node.input(0));
        if (weight.dims().size() != 2 || data.isEmpty() || data.get().rank() < 2) {
            return null;
        }
        return matrix(node, weight, false, data.get().rank() - 1, -1);
    }

    private static Linear matrix(Node node, Tensor weight, boolean transposed, int axis, int bias) {
        int rows = size(weight, 0);
        int columns = size(weight, 1);
        return transposed
                ? new Linear(node, weight, axis, axis, rows, columns, columns, 1, 1, false, bias)
                : new Linear(node, weight, axis, axis, columns, rows, 1, columns, 1, false, bias);
    }

    private static int size(Tensor tensor, int axis) {
        return Math.toIntExact(tensor.dims().get(axis));
    }

    /** Returns how many channels the activation has. */
    int channels() {
        return inputs * groups;
    }

    /** Returns which axis of the weight is the outputs'. */
    int weightAxis() {
        return node.is("MatMul") || (node.is("Gemm") && node.intAttribute("transB", 0) == 0) ? 1 : 0;
    }

    void forEach(Visitor visitor) {
        var buffer = new double[(int) Math.min(CHUNK, weight.size())];
        int each = outputs / groups;
        for (long from = 0; from < weight.size(); from += CHUNK) {
            int length = (int) Math.min(CHUNK, weight.size() - from);
            Elements.doubles(weight, from, buffer, length);
            for (int i = 0; i < length; i++) {
                if (buffer[i] != 0) {
                    int element = (int) from + i;
                    int output = element / outputStride % outputs;
                    visitor.visit(element, output, output / each * inputs + element / inputStride % inputs, buffer[i]);
                }
            }
        }
    }
}
