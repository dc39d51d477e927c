package dev.coppice.pipeline.evidence;

import dev.coppice.ir.ValueInfo;
import dev.coppice.pipeline.data.Batch;
import dev.coppice.pipeline.data.Batches;
import dev.coppice.pipeline.data.DataOptions;
import dev.coppice.pipeline.data.DataOptions.Split;
import dev.coppice.pipeline.data.DataSpec;
import java.util.List;
import java.util.function.Predicate;

/** Samples that can be read again and again, batch by batch. */
@FunctionalInterface
public interface CalibrationSource {

    /**
     * Reads all samples once, as long as the reader wants more.
     *
     * @param inputs the model's declared inputs
     * @param batchSize the most samples of a batch
     * @param reader says whether it wants the next batch
     */
    void read(List<ValueInfo> inputs, int batchSize, Predicate<Batch> reader);

    /**
     * Streams the first samples of some data, of its training part where it has parts.
     *
     * @param samples the most to read
     */
    static CalibrationSource of(DataSpec spec, DataOptions options, long samples) {
        long limit = Math.min(samples, options.limit().orElse(Long.MAX_VALUE));
        var chosen = options.orSplit(spec, Split.TRAIN).withLimit(limit);
        return (inputs, batchSize, reader) -> {
            try (var batches = Batches.open(spec, chosen, inputs, batchSize)) {
                for (var batch = batches.next(); batch != null && reader.test(batch); batch = batches.next()) {}
            }
        };
    }
}
