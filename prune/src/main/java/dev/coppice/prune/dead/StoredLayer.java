package dev.coppice.prune.dead;

import dev.coppice.ir.Elements;
import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.layer.LinearLayer;
import dev.coppice.ir.layer.WeightMatrix;
import dev.coppice.ir.layer.WeightOperator;
import dev.coppice.ir.shape.Shapes;
import dev.coppice.ir.weight.Weight;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A layer whose weights are stored as they are used. Element {@code e} of the weight belongs to output channel
 * {@code e / outputStride % outputs} and to channel {@code e / inputStride % inputs} of its group.
 *
 * @param axis of the activation and of the output that counts channels
 */
record StoredLayer(LinearLayer layer, WeightMatrix matrix, int axis) {

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
    static @Nullable StoredLayer of(Node node, Stored stored, Shapes shapes) {
        var tensor = stored.get(node.input(1));
        var operator = WeightOperator.of(node);
        if (tensor == null || operator == null || tensor.size() > Integer.MAX_VALUE || tensor.size() == 0) {
            return null;
        }
        int rank = tensor.dims().size();
        int axis = switch (operator) {
            case CONV -> rank >= 3 && rank <= 5 && isGrouped(node, tensor) ? 1 : -1;
            case GEMM -> rank == 2 && LinearLayer.isPlain(node) ? 1 : -1;
            case MAT_MUL ->
                rank == 2
                        ? shapes.shape(node.input(0))
                                .map(data -> data.rank() - 1)
                                .orElse(-1)
                        : -1;
            case CONV_TRANSPOSE, LSTM, GRU, RNN -> -1;
        };
        if (axis < 1) {
            return null;
        }
        var layer = new LinearLayer(node, 1, Weight.of(tensor.name(), tensor));
        return new StoredLayer(layer, layer.matrix(), axis);
    }

    private static boolean isGrouped(Node conv, Tensor weight) {
        long groups = conv.intAttribute("group", 1);
        return groups >= 1 && weight.dims().getFirst() % groups == 0;
    }

    Node node() {
        return layer.node();
    }

    Tensor weight() {
        return layer.weight().source();
    }

    int outputs() {
        return matrix.rowCount();
    }

    /** Returns the name of what is added; empty when there is nothing. */
    String bias() {
        int operand = layer.operator().bias();
        return operand < 0 ? "" : node().input(operand);
    }

    /** Says whether zeros that are not in the data are added up at the border. */
    boolean isPadded() {
        return layer.operator().isConvolution()
                && (node().stringAttribute("auto_pad", "NOTSET").startsWith("SAME")
                        || node().intsAttribute("pads").orElse(List.of()).stream()
                                .anyMatch(pad -> pad != 0));
    }

    /** Returns how many channels the activation has. */
    int channels() {
        return matrix.channels() * layer.groups();
    }

    void forEach(Visitor visitor) {
        var weight = weight();
        var buffer = new double[(int) Math.min(CHUNK, weight.size())];
        int outputs = outputs();
        int inputs = matrix.channels();
        int each = outputs / layer.groups();
        long outputStride = matrix.rows().strides().getFirst();
        long inputStride = matrix.columns().strides().getFirst();
        for (long from = 0; from < weight.size(); from += CHUNK) {
            int length = (int) Math.min(CHUNK, weight.size() - from);
            Elements.doubles(weight, from, buffer, length);
            for (int i = 0; i < length; i++) {
                if (buffer[i] != 0) {
                    int element = (int) from + i;
                    int output = (int) (element / outputStride % outputs);
                    visitor.visit(
                            element,
                            output,
                            output / each * inputs + (int) (element / inputStride % inputs),
                            buffer[i]);
                }
            }
        }
    }
}
