package dev.coppice.pipeline.data;

import dev.coppice.train.data.TrainData;

/** Training data whose batches are made ahead of time on a second thread. */
final class PrefetchedData implements TrainData {

    private final Dataset samples;

    PrefetchedData(Dataset samples) {
        this.samples = samples;
    }

    @Override
    public int batches() {
        return samples.batches();
    }

    @Override
    public Epoch epoch(int number, int first) {
        if (number < 0 || first < 0 || first > samples.batches()) {
            throw new IllegalArgumentException(
                    "batch " + first + " of epoch " + number + "; an epoch has " + samples.batches() + " batches");
        }
        return new Prefetch(samples.epoch(number), first, samples.batches());
    }
}
