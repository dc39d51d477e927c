package dev.coppice.pipeline.data;

import dev.coppice.train.data.TrainBatch;
import java.util.function.IntFunction;

/** Samples in memory, from which any batch of any epoch can be made. */
interface Dataset {

    /** Returns the number of batches of every epoch; at least 1. */
    int batches();

    /** Puts the samples in an epoch's order, and returns a function from a batch's number in it to the batch. */
    IntFunction<TrainBatch> epoch(int number);
}
