package dev.coppice.train.data;

import org.jspecify.annotations.Nullable;

/** Samples to learn from, in an order that depends on nothing but the epoch's number (and a seed fixed before). */
public interface TrainData {

    /** Returns the number of batches of every epoch; at least 1. */
    int batches();

    /** Returns the number of samples of a full batch: what was asked for, or what the model insists on. */
    int batchSize();

    /**
     * Starts epoch {@code number}, counted from 0, at its batch {@code first}.
     *
     * @throws dev.coppice.ir.BadInputException when the data cannot be read
     */
    Epoch epoch(int number, int first);

    /** One pass over the data. */
    interface Epoch extends AutoCloseable {

        /** Returns the next batch, or null after the last one. */
        @Nullable
        TrainBatch next();

        @Override
        void close();
    }
}
