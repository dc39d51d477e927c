package dev.coppice.pipeline.data;

import dev.coppice.train.data.TrainData;

/** Training data whose batches are made ahead of time on a second thread. */
final class PrefetchedData implements TrainData {

    private final Dataset samples;
    private final Batching batching;

    PrefetchedData(Dataset samples, Batching batching) {
        this.samples = samples;
        this.batching = batching;
    }

    @Override
    public int batches() {
        return samples.batches();
    }

    @Override
    public int batchSize() {
        return samples.batchSize();
    }

    @Override
    public Epoch epoch(int number, int first) {
        if (number < 0 || first < 0 || first > samples.batches()) {
            throw new IllegalArgumentException(
                    "batch " + first + " of epoch " + number + "; an epoch has " + samples.batches() + " batches");
        }
        return new Prefetch(batching.repeat() ? repeated(number) : samples.epoch(number), first, samples.batches());
    }

    /** Returns the batches of the first epoch in the order of another. */
    private Dataset.Pass repeated(int number) {
        var same = samples.epoch(0);
        var order = batching.order(samples.batches(), number);
        return (batch, memory) -> same.batch(order[batch], memory);
    }
}
