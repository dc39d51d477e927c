package dev.coppice.pipeline.measure;

import dev.coppice.ir.BadModelException;
import java.util.function.Supplier;

/** Turns to one sample at a time where a model fails on batches: many exports have a batch of 1 written into Reshape or Squeeze. */
final class Singly {

    private Singly() {}

    /**
     * Does again with single samples what failed with batches.
     *
     * @param size samples of the batches that it failed with
     * @throws BadModelException the failure with batches, when single samples fail, too
     */
    static <T> T insteadOf(int size, BadModelException failure, Supplier<T> again) {
        if (size == 1) {
            throw failure;
        }
        try {
            return again.get();
        } catch (BadModelException e) {
            failure.addSuppressed(e);
            throw failure;
        }
    }
}
