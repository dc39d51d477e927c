package dev.coppice.pipeline.data;

import dev.coppice.ir.UsageException;
import dev.coppice.ir.ValueInfo;
import dev.coppice.pipeline.data.sample.SampleSources;
import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.spec.DataSpec;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Data as a stream of batches that fit one model's inputs. */
public sealed interface Batches extends AutoCloseable permits SampleBatches, NpzBatches, TokenBatches, TextBatches {

    /**
     * Opens data for a model.
     *
     * @param inputs the model's declared inputs; a fixed batch size among them wins over {@code batchSize}
     * @param batchSize the most samples of one batch
     * @throws dev.coppice.ir.BadInputException when the data cannot be read or does not fit the inputs
     * @throws UsageException when an option does not apply to the data
     */
    static Batches open(DataSpec spec, DataOptions options, List<ValueInfo> inputs, int batchSize) {
        options.requirePart(spec);
        return switch (spec) {
            case DataSpec.Samples samples ->
                new SampleBatches(SampleSources.open(samples, options), options, inputs, batchSize);
            case DataSpec.Texts texts -> new TextBatches(texts, options, inputs, batchSize);
            case DataSpec.Npz npz -> new NpzBatches(npz, options, inputs, batchSize);
            case DataSpec.Tokens tokens -> new TokenBatches(tokens, options, inputs, batchSize);
        };
    }

    /** Returns the next batch, or null after the last one. */
    @Nullable
    Batch next();

    /** Returns the number of samples that will come, or 0 when only reading would tell. */
    long total();

    @Override
    void close();
}
