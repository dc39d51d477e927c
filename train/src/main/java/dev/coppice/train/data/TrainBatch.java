package dev.coppice.train.data;

import dev.coppice.ir.Tensor;
import java.util.Map;
import java.util.Optional;

/**
 * The samples of one step.
 *
 * @param inputs tensors by the model's input names, samples along the first axis
 * @param samples how many samples along the first axis count; a model with a fixed batch size may get more
 * @param targets what the outputs should be: int64 classes [N], floats of the output's shape, or int64 label
 *     sequences [N,L] filled up with -1; empty for data without labels
 */
public record TrainBatch(Map<String, Tensor> inputs, int samples, Optional<Tensor> targets) {

    public TrainBatch {
        inputs = Map.copyOf(inputs);
        if (samples < 1) {
            throw new IllegalArgumentException("a batch of " + samples + " samples");
        }
    }
}
