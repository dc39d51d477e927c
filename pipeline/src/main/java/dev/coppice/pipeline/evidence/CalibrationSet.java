package dev.coppice.pipeline.evidence;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.ValueInfo;
import dev.coppice.pipeline.data.Batch;
import dev.coppice.pipeline.data.Batches;
import dev.coppice.pipeline.data.DataOptions;
import dev.coppice.pipeline.data.DataOptions.Split;
import dev.coppice.pipeline.data.DataSpec;
import java.util.ArrayList;
import java.util.List;

/**
 * The first samples of some data in memory, batch by batch, the training part where the data has parts.
 *
 * @param batches inputs of the model
 */
public record CalibrationSet(List<Batch> batches) {

    private static final int BATCH = 16;

    public CalibrationSet {
        batches = List.copyOf(batches);
    }

    /**
     * Reads samples.
     *
     * @param inputs the model's declared inputs
     * @param samples the most to read
     * @throws BadInputException when the data cannot be read, is empty or does not fit the inputs
     */
    public static CalibrationSet read(DataSpec spec, DataOptions options, List<ValueInfo> inputs, long samples) {
        long limit = Math.min(samples, options.limit().orElse(Long.MAX_VALUE));
        var all = new ArrayList<Batch>();
        try (var source = Batches.open(spec, options.orSplit(spec, Split.TRAIN).withLimit(limit), inputs, BATCH)) {
            for (var batch = source.next(); batch != null; batch = source.next()) {
                all.add(batch);
            }
        }
        if (all.isEmpty()) {
            throw new BadInputException("there are no samples in " + spec.text(), "give data to calibrate on");
        }
        return new CalibrationSet(all);
    }
}
