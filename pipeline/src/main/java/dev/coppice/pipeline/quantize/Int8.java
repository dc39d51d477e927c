package dev.coppice.pipeline.quantize;

import dev.coppice.prune.Selection;
import dev.coppice.prune.quantize.Int8Range;
import java.util.OptionalDouble;

/**
 * How a model is to become int8.
 *
 * @param selection which layers, by globs over the names of weights and nodes
 * @param range of the weights
 * @param embeddings whether tables read by Gather become int8, too
 * @param maxDrop the most that the quality may drop by; layers are left in float until it does not
 * @param ranges how the ranges of activations are found, for static int8
 * @param calibrate how many samples they are found on
 */
public record Int8(
        Kind kind,
        Selection selection,
        Int8Range range,
        boolean embeddings,
        OptionalDouble maxDrop,
        String ranges,
        long calibrate) {

    /** When activations get their scales. */
    public enum Kind {
        /** While the model runs: for MatMul and Gemm. */
        DYNAMIC,
        /** Beforehand, from calibration data: for Conv, too. */
        STATIC
    }
}
