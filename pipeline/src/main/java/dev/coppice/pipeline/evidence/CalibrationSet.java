package dev.coppice.pipeline.evidence;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.ValueInfo;
import dev.coppice.pipeline.data.Batch;
import dev.coppice.pipeline.data.Batches;
import dev.coppice.pipeline.data.DataOptions;
import dev.coppice.pipeline.data.DataOptions.Split;
import dev.coppice.pipeline.data.DataSpec;
import dev.coppice.pipeline.progress.Progress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The first samples of some data, batch by batch, the training part where the data has parts. It can be gone through any number of
 * times. A little is kept in memory; more is read again each time, so that memory does not grow with the number of samples.
 */
public final class CalibrationSet implements Samples {

    private static final int BATCH = 16;

    /** Bytes of inputs that are kept rather than read again. */
    private static final long KEPT = 64L << 20;

    private final List<Batch> batches;

    /** Takes batches that are in memory. */
    public CalibrationSet(List<Batch> batches) {
        this(batches, true);
    }

    private CalibrationSet(List<Batch> batches, boolean copied) {
        this.batches = copied ? List.copyOf(batches) : batches;
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
        var limited = options.orSplit(spec, Split.TRAIN).withLimit(limit);
        var set = read(() -> Batches.open(spec, limited, inputs, BATCH), KEPT);
        if (set.batches.isEmpty()) {
            throw new BadInputException("there are no samples in " + spec.text(), "give data to calibrate on");
        }
        return set;
    }

    /**
     * Reads all that a source has.
     *
     * @param kept the most bytes of inputs to keep in memory
     */
    static CalibrationSet read(Supplier<Batches> source, long kept) {
        var all = new ArrayList<Batch>();
        long bytes = 0;
        int count = 0;
        try (var opened = source.get()) {
            for (var batch = opened.next(); batch != null; batch = opened.next()) {
                count++;
                bytes += batch.inputs().values().stream()
                        .mapToLong(tensor -> tensor.buffer().capacity())
                        .sum();
                if (bytes <= kept) {
                    all.add(batch);
                } else {
                    all.clear();
                }
            }
        }
        return bytes <= kept ? new CalibrationSet(all) : new CalibrationSet(new Reread(source, count), false);
    }

    /** Returns the batches in order; go through them from the first to the last, each way else reads what lies before again. */
    public List<Batch> batches() {
        return batches;
    }

    @Override
    public void forEach(Progress progress, Consumer<Batch> action) {
        for (int i = 0; i < batches.size(); i++) {
            progress.update("calibrate", i, batches.size());
            action.accept(batches.get(i));
        }
    }
}
