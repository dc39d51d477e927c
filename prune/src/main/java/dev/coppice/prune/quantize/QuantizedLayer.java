package dev.coppice.prune.quantize;

import java.util.List;

/**
 * A node whose weight became int8.
 *
 * @param output the node's first output, which names it uniquely
 * @param node its label
 * @param op its operator in the float model
 * @param weight what users know the weight by
 * @param values name of the int8 tensor; layers that share a weight share it
 * @param shape of the int8 tensor
 * @param size number of weights
 * @param zeros how many of them are zero in int8
 * @param floatBytes bytes that the weights took
 * @param int8Bytes bytes that they take now, with scales and a bias in int32 where there is one
 */
public record QuantizedLayer(
        String output,
        String node,
        String op,
        String weight,
        String values,
        List<Long> shape,
        long size,
        long zeros,
        long floatBytes,
        long int8Bytes) {

    public QuantizedLayer {
        shape = List.copyOf(shape);
    }
}
