package dev.coppice.pipeline.data;

import dev.coppice.pipeline.data.file.TensorMemory;
import dev.coppice.train.data.TrainBatch;

/** Samples in memory, from which any batch of any epoch can be made. */
interface Dataset {

    /** Returns the number of batches of every epoch; at least 1. */
    int batches();

    /** Returns the number of samples of a full batch. */
    int batchSize();

    /** Puts the samples in an epoch's order. */
    Pass epoch(int number);

    /** Makes an epoch's batches. */
    @FunctionalInterface
    interface Pass {

        /** Makes batch {@code number} of the epoch in the memory given. */
        TrainBatch batch(int number, TensorMemory memory);
    }
}
