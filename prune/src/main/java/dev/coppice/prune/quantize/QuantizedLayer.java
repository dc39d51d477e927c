package dev.coppice.prune.quantize;

import dev.coppice.ir.Node;
import java.util.List;

/**
 * A node whose weight became int8.
 *
 * @param node as it is in the float model
 * @param weight what users know the weight by
 * @param values name of the int8 tensor; layers that share a weight share it
 * @param shape of the int8 tensor
 * @param zeros how many of the weights are zero in int8
 * @param floatBytes bytes that the weights took
 * @param int8Bytes bytes that they take now, with scales and a bias in int32 where there is one
 */
public record QuantizedLayer(
        Node node, String weight, String values, List<Long> shape, long zeros, long floatBytes, long int8Bytes) {

    public QuantizedLayer {
        shape = List.copyOf(shape);
    }

    /** Returns the node's first output, which names it uniquely. */
    public String output() {
        return node.output(0);
    }

    /** Returns the number of weights. */
    public long size() {
        return shape.stream().reduce(1L, Math::multiplyExact);
    }
}
