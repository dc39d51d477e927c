package dev.coppice.pipeline.data;

import dev.coppice.runtime.ort.HostTensor;
import dev.coppice.train.data.TrainBatch;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Inputs for one run of a model.
 *
 * @param inputs tensors by input name; a fixed batch size larger than {@code samples} is filled up with copies
 * @param samples how many samples along the first axis count
 * @param labels the class of each sample; empty when there are none
 * @param targets what is to come out where that is no class: values to hit, float [N,...], or label sequences, int64 [N,L] filled up
 *     with -1
 * @param lengths how many positions of each token sequence are no padding; empty for other samples
 * @param order each sample's number in the order of the data; texts are sorted by length inside a chunk
 */
public record Batch(
        Map<String, HostTensor> inputs,
        int samples,
        List<Integer> labels,
        Optional<HostTensor> targets,
        List<Integer> lengths,
        List<Long> order) {

    public Batch {
        inputs = Map.copyOf(inputs);
        labels = List.copyOf(labels);
        lengths = List.copyOf(lengths);
        order = List.copyOf(order);
    }

    /** Holds samples whose targets are classes, if there are any. */
    public Batch(
            Map<String, HostTensor> inputs,
            int samples,
            List<Integer> labels,
            List<Integer> lengths,
            List<Long> order) {
        this(inputs, samples, labels, Optional.empty(), lengths, order);
    }

    /** Returns the inputs in the form that the training engine takes, over the same memory, without targets. */
    public TrainBatch forTraining() {
        return TrainTensors.batch(inputs, samples, Optional.empty());
    }
}
