package dev.coppice.pipeline.data;

import dev.coppice.ir.UsageException;
import dev.coppice.ir.ValueInfo;
import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.spec.DataOptions.Split;
import dev.coppice.pipeline.data.spec.DataSpec;
import dev.coppice.train.data.TrainData;
import java.util.List;

/**
 * Opens data to learn from. Everything is read into memory once; an epoch is an order and an augmentation that depend on nothing but
 * the seed and the epoch's number, so that a run can be continued at any batch. The next two batches are made on a second thread.
 *
 * <p>Every epoch has the same number of batches, all full: samples that are left over wait for the next epoch's order. Only data too
 * small for one full batch makes a smaller one; a model with a fixed batch size then gets its last sample repeated.
 */
public final class TrainingData {

    private TrainingData() {}

    /**
     * Opens data for a model, the training part where the data has parts and the options choose none.
     *
     * <p>Targets are int64 classes [N] of images, vectors and archives, floats [N,...] or int64 label sequences [N,L] of archives whose
     * {@code y} is so; texts, sentence pairs and token windows have none. They cover the batch's samples only, also where
     * a fixed batch size makes the inputs longer. Tensors lie outside the heap; those of a batch are
     * valid until the next batch is asked for, or the epoch is closed.
     *
     * @param inputs the model's declared inputs; a fixed batch size among them wins over {@code batching.size()}
     * @throws dev.coppice.ir.BadInputException when the data cannot be read or does not fit the inputs
     * @throws UsageException when an option does not apply to the data
     */
    public static TrainData open(DataSpec spec, DataOptions options, List<ValueInfo> inputs, Batching batching) {
        options.requirePart(spec);
        if (!(spec instanceof DataSpec.Samples) && !batching.augmentation().isNone()) {
            throw new UsageException(
                    "'" + batching.augmentation().text() + "' augments images, data '" + spec.text() + "' is none",
                    "leave --augment out");
        }
        var chosen = options.orSplit(spec, Split.TRAIN);
        return new PrefetchedData(
                switch (spec) {
                    case DataSpec.Samples samples -> new SampleSet(samples, chosen, inputs, batching);
                    case DataSpec.Texts texts -> new TextSet(texts, chosen, inputs, batching);
                    case DataSpec.Tokens tokens -> new WindowSet(tokens, chosen, inputs, batching);
                    case DataSpec.Npz npz -> new ArraySet(npz, chosen, inputs, batching);
                },
                batching);
    }
}
