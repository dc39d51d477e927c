package dev.coppice.pipeline.evidence;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.ValueInfo;
import dev.coppice.pipeline.data.Batch;
import dev.coppice.pipeline.data.Batches;
import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.spec.DataOptions.Split;
import dev.coppice.pipeline.data.spec.DataSpec;
import dev.coppice.pipeline.progress.Progress;
import java.util.List;
import java.util.function.Predicate;

/**
 * The first samples of some data, the training part where the data has parts, to be gone through batch by batch.
 *
 * @param inputs the model's declared inputs
 * @param samples the most to look at
 */
public record CalibrationData(DataSpec spec, DataOptions options, List<ValueInfo> inputs, long samples)
        implements Samples {

    /** The most token windows that are run at once: their activations are large. */
    private static final int WINDOWS = 2;

    public CalibrationData {
        inputs = List.copyOf(inputs);
    }

    /** Returns the options for reading: the part to calibrate on, and no more than the samples. */
    DataOptions limited() {
        return options.orSplit(spec, Split.TRAIN)
                .withLimit(Math.min(samples, options.limit().orElse(Long.MAX_VALUE)));
    }

    @Override
    public void read(int most, Progress progress, Predicate<Batch> reader) {
        int size = spec instanceof DataSpec.Tokens ? Math.min(most, WINDOWS) : most;
        long seen = 0;
        try (var source = Batches.open(spec, limited(), inputs, size)) {
            for (var batch = source.next(); batch != null; batch = source.next()) {
                progress.update("calibrate", seen, source.total(), "samples");
                seen += batch.samples();
                if (!reader.test(batch)) {
                    break;
                }
            }
        }
        if (seen == 0) {
            throw new BadInputException("there are no samples in " + spec.text(), "give data to calibrate on");
        }
    }
}
