package dev.coppice.pipeline.recover;

import java.util.Optional;

/**
 * Batches of a model whose export has fixed their size, often at 1: too few samples for a step, and for the statistics of
 * BatchNormalization.
 *
 * @param size samples of a batch
 * @param wanted samples that a step should be made of
 */
record FixedBatch(int size, int wanted) {

    /** Smaller batches say little of a mean and a variance (Wu & He, Group Normalization, 2018, figure 1). */
    private static final int LEAST = 8;

    private boolean isSmall() {
        return size < wanted && size < LEAST;
    }

    /** Returns how many batches' gradients make up a step, of the batches that an epoch has. */
    int accumulate(int batches) {
        return isSmall() ? Math.max(1, Math.min(Math.ceilDiv(wanted, size), batches)) : 1;
    }

    /** Says whether BatchNormalization may follow the batches. */
    boolean hasStatistics() {
        return !isSmall();
    }

    /** Returns what the user should know. */
    Optional<String> remark(Recovery.Optimization chosen, int batches) {
        if (!isSmall()) {
            return Optional.empty();
        }
        int gathered = chosen.accumulate().orElse(accumulate(batches));
        boolean follows = chosen.batchStatistics().orElse(false);
        return Optional.of(
                "the model takes batches of %d only: the gradients of %d made a step%s; exported with an open batch it trains faster"
                        .formatted(size, gathered, follows ? "" : ", and BatchNormalization kept its statistics"));
    }
}
