package dev.coppice.train;

import dev.coppice.train.torch.Scope;
import dev.coppice.train.torch.Tensors;
import dev.coppice.train.torch.Weights;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The sum of {@code -w g} over the steps of training, for each weight, in float64: what the scores of movement pruning add up to (Sanh et
 * al. 2020, equation 4) where masks do not change between the steps.
 */
final class Movement {

    private Movement() {}

    /** Returns zeros, to be freed by {@link Scope#free}. */
    static Tensor none(long size) {
        try (var _ = new Scope()) {
            return Scope.keep(torch.zeros(new long[] {size}, new TensorOptions(ScalarType.Double)));
        }
    }

    /** Adds a step that is about to be made. Called without autograd. */
    static void add(Tensor moved, Tensor values, Tensor gradients) {
        moved.addcmul_(values.to(ScalarType.Double), gradients.to(ScalarType.Double), new Scalar(-1.0));
    }

    /** Returns each weight's part, in the shape in which it is stored, in memory of its own. */
    static Map<String, dev.coppice.ir.Tensor> of(Tensor moved, Weights weights) {
        var parts = new LinkedHashMap<String, dev.coppice.ir.Tensor>();
        try (var _ = new Scope()) {
            for (var slice : weights.slices()) {
                var flat = Tensors.toHost(slice.name(), moved.narrow(0, slice.offset(), slice.size()));
                parts.put(
                        slice.name(),
                        dev.coppice.ir.Tensor.of(
                                slice.name(), flat.type(), slice.source().dims(), flat.data()));
            }
        }
        return parts;
    }
}
