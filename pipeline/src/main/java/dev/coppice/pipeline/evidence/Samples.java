package dev.coppice.pipeline.evidence;

import dev.coppice.pipeline.data.Batch;
import dev.coppice.pipeline.progress.Progress;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Calibration data to be gone through any number of times, batch by batch, in the same order every time. */
@FunctionalInterface
public interface Samples {

    /** Samples that are run at once, as a rule. */
    int BATCH = 16;

    /**
     * Hands batches on, one after the other, as long as the reader wants more.
     *
     * @param most the most samples of a batch
     * @param reader says whether it wants the next batch
     * @throws dev.coppice.ir.BadInputException when the data cannot be read, is empty or does not fit the model
     */
    void read(int most, Progress progress, Predicate<Batch> reader);

    /** Hands all batches on; errors as for {@link #read}. */
    default void forEach(Progress progress, Consumer<Batch> action) {
        read(BATCH, progress, batch -> {
            action.accept(batch);
            return true;
        });
    }
}
