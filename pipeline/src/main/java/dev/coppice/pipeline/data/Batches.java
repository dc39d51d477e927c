package dev.coppice.pipeline.data;

import dev.coppice.ir.UsageException;
import dev.coppice.ir.ValueInfo;
import dev.coppice.pipeline.data.DataOptions.Split;
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
        if (!spec.hasSplits() && options.split().orElse(Split.ALL) != Split.ALL) {
            throw new UsageException(
                    "data '" + spec.text() + "' has no training and test part", "leave --split out: all of it is used");
        }
        var split = options.split().orElse(Split.ALL);
        long limit = options.limit().orElse(Long.MAX_VALUE);
        return switch (spec) {
            case DataSpec.Idx idx -> new SampleBatches(new IdxSource(idx), options, inputs, batchSize);
            case DataSpec.Cifar10 cifar ->
                new SampleBatches(new Cifar10Source(cifar, split, limit), options, inputs, batchSize);
            case DataSpec.Csv(var file) ->
                new SampleBatches(
                        new CsvSource(file.toString(), DataFiles.open(file), _ -> true), options, inputs, batchSize);
            case DataSpec.Images images ->
                new SampleBatches(new ImageSource(images, limit), options, inputs, batchSize);
            case DataSpec.Digits() -> new SampleBatches(new DigitsSource(split), options, inputs, batchSize);
            case DataSpec.Npz npz -> new NpzBatches(npz, options, inputs, batchSize);
            case DataSpec.Tokens tokens -> new TokenBatches(tokens, options, inputs, batchSize);
            case DataSpec.Text(var file) ->
                new TextBatches(new TextLines(file), spec, options, limit, inputs, batchSize);
            case DataSpec.Sts(var file) ->
                new TextBatches(StsPairs.sentences(file, limit), spec, options, Long.MAX_VALUE, inputs, batchSize);
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
