package dev.coppice.train;

import dev.coppice.train.torch.Scope;
import dev.coppice.train.torch.Weights;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Moves a part of each mask to where the loss misses weights least: the smallest of the weights that were kept go, and as many pruned
 * ones come back, those with the largest gradient, from zero (Evci et al. 2020, "Rigging the Lottery", section 3). How many weights
 * are pruned does not change in any tensor; ties go by index. A weight that goes and comes back at once stays as it is.
 */
final class Regrowth {

    private Regrowth() {}

    /**
     * Moves masks by the gradients that the weights have now. Called without autograd.
     *
     * @param share of the kept weights of each masked tensor, rounded down
     * @return how many masks have moved
     */
    static long move(Weights weights, double share) {
        var pruned = weights.pruned();
        if (pruned == null) {
            return 0;
        }
        long moved = 0;
        for (var slice : weights.slices()) {
            try (var _ = new Scope()) {
                var mask = pruned.narrow(0, slice.offset(), slice.size());
                long gone = mask.sum().item_long();
                long count = gone == 0 ? 0 : (long) (share * (slice.size() - gone));
                if (count > 0) {
                    var before = mask.clone();
                    var values = weights.values().narrow(0, slice.offset(), slice.size());
                    var gradients = weights.gradients().narrow(0, slice.offset(), slice.size());
                    var kept = values.abs().masked_fill_(mask, new Scalar(Double.POSITIVE_INFINITY));
                    mask.index_fill_(0, first(kept, count, false), new Scalar(1.0));
                    var missed = gradients.abs().masked_fill_(mask.logical_not(), new Scalar(-1.0));
                    mask.index_fill_(0, first(missed, count, true), new Scalar(0.0));
                    moved += before.logical_not().logical_and(mask).sum().item_long();
                }
            }
        }
        weights.zeroPruned();
        return moved;
    }

    /** Returns the indices of the {@code count} smallest or largest elements. */
    private static Tensor first(Tensor scores, long count, boolean largest) {
        return scores.sort(new BoolOptional(true), 0, largest).get1().narrow(0, 0, count);
    }
}
