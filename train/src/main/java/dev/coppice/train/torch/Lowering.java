package dev.coppice.train.torch;

import java.util.List;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;

/** Computes one ONNX operator by operations of libtorch, so that autograd sees through it. */
@FunctionalInterface
interface Lowering {

    /**
     * Returns the node's outputs in order; trailing optional ones may be missing.
     *
     * @throws Refusal for a form of the operator that is not supported
     */
    List<Tensor> lower(Call call);

    /** Makes a lowering with one output. */
    static Lowering one(Function<Call, Tensor> function) {
        return call -> List.of(function.apply(call));
    }

    /** Makes a lowering of an operator with one input and no attributes. */
    static Lowering unary(Function<Tensor, Tensor> function) {
        return call -> List.of(function.apply(call.in(0)));
    }

    /** A form of an operator that is not supported, with the reason. */
    final class Refusal extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Refusal(String reason) {
            super(reason);
        }
    }
}
