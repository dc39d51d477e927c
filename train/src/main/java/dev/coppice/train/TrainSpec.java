package dev.coppice.train;

import dev.coppice.ir.UsageException;
import java.util.List;
import java.util.Set;

/**
 * How a model is trained, whatever the data and the number of steps.
 *
 * @param losses what is made smaller: their weighted sum
 * @param penalty an L1 term on some of the weights
 * @param movement whether it is added up how weights {@linkplain Trainer#movement move}
 */
public record TrainSpec(
        List<Loss.Weighted> losses, Updating updating, Learnt learnt, Penalty penalty, boolean movement) {

    /**
     * How a step follows from gradients.
     *
     * @param clip the most that the gradient's Euclidean norm may be; 0 for no limit
     * @param accumulate batches whose gradients are averaged before a step
     * @param ema decay of an exponential moving average of the weights, which is then what is saved; 0 for none
     */
    public record Updating(Optimizer optimizer, double clip, int accumulate, double ema) {

        public Updating {
            if (!(clip >= 0)) {
                throw new UsageException(
                        "a gradient norm of at most " + clip, "give a positive number, or 0 for no limit");
            }
            if (accumulate < 1) {
                throw new UsageException("gradients of " + accumulate + " batches", "give 1 or more");
            }
            if (!(ema >= 0 && ema < 1)) {
                throw new UsageException(
                        "a moving average with decay " + ema, "give a number from 0 to below 1, as 0.999");
            }
        }
    }

    /**
     * What changes besides the weights of layers, and what does not.
     *
     * @param batchStatistics whether BatchNormalization uses and follows the batches' statistics; otherwise the stored ones stay
     * @param embeddings whether embeddings are learnt
     * @param frozen names of constants that stay as they are
     */
    public record Learnt(boolean batchStatistics, boolean embeddings, Set<String> frozen) {

        public Learnt {
            frozen = Set.copyOf(frozen);
        }
    }

    /**
     * Adds {@code strength * |w|} of every element of the named constants to the loss: scales of channels, to be driven to zero (Liu
     * et al. 2017, equation 1).
     */
    public record Penalty(double strength, Set<String> names) {

        /** No penalty. */
        public static final Penalty NONE = new Penalty(0, Set.of());

        public Penalty {
            names = Set.copyOf(names);
            if (!(strength >= 0 && Double.isFinite(strength))) {
                throw new UsageException("a penalty of " + strength, "give 0 or a small positive number, as 1e-4");
            }
        }
    }

    public TrainSpec {
        losses = List.copyOf(losses);
        if (losses.isEmpty()) {
            throw new IllegalArgumentException("no loss");
        }
    }

    /** Returns one loss, no clipping, no averaging, batch statistics, embeddings left alone. */
    public static TrainSpec of(Loss loss, Optimizer optimizer) {
        return new TrainSpec(
                List.of(new Loss.Weighted(1, loss)),
                new Updating(optimizer, 0, 1, 0),
                new Learnt(true, false, Set.of()),
                Penalty.NONE,
                false);
    }

    public TrainSpec withLosses(List<Loss.Weighted> others) {
        return new TrainSpec(others, updating, learnt, penalty, movement);
    }

    public TrainSpec withUpdating(Updating other) {
        return new TrainSpec(losses, other, learnt, penalty, movement);
    }

    public TrainSpec withLearnt(Learnt other) {
        return new TrainSpec(losses, updating, other, penalty, movement);
    }

    public TrainSpec withPenalty(Penalty other) {
        return new TrainSpec(losses, updating, learnt, other, movement);
    }
}
