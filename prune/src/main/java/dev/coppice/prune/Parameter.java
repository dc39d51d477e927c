package dev.coppice.prune;

import dev.coppice.ir.Tensor;
import dev.coppice.ir.layer.WeightMatrix;
import java.util.List;

/**
 * A constant that can be pruned.
 *
 * @param name what users know it by; unique in the model
 * @param node label of the first node that uses it
 * @param op operator of that node
 * @param matrix how that node lays it out
 * @param aliases names by which globs find it: its own, and those of all its nodes
 */
public record Parameter(String name, String node, String op, Kind kind, WeightMatrix matrix, List<String> aliases) {

    /** What a constant is used for; all but ordinary weights are left alone unless asked for. */
    public enum Kind {
        /** Multiplied by Conv, ConvTranspose, Gemm, MatMul, LSTM, GRU or RNN. */
        WEIGHT,
        /** Read by Gather. */
        EMBEDDING,
        /** One-dimensional: a bias or scale. */
        VECTOR,
        /** Anything else, such as positions that are added. */
        CONSTANT
    }

    public Parameter {
        aliases = List.copyOf(aliases);
    }

    /** Returns the dimensions as the operator sees them. */
    public List<Long> shape() {
        return matrix.weight().dims();
    }

    /** Returns the number of weights. */
    public long size() {
        return matrix.size();
    }

    /** Returns the tensor that stores it. */
    public Tensor source() {
        return matrix.weight().source();
    }
}
