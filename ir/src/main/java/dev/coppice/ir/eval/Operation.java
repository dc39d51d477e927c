package dev.coppice.ir.eval;

import dev.coppice.ir.Tensor;
import java.util.List;

/** Computes one operator. */
@FunctionalInterface
interface Operation {

    /** What an operation returns when the element type, the mode or the size of the result is not one it computes. */
    List<Tensor> NOT_COMPUTED = List.of();

    /** Returns the outputs, unnamed, or {@link #NOT_COMPUTED}. */
    List<Tensor> apply(Operands in);
}
