package dev.coppice.pipeline.data;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.ValueInfo;
import dev.coppice.runtime.ort.HostTensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Batches of NumPy arrays, read as they are asked for. */
final class NpzBatches implements Batches {

    private final NpzArrays arrays;
    private final int batchSize;
    private final long total;
    private long done;

    NpzBatches(DataSpec.Npz spec, DataOptions options, List<ValueInfo> inputs, int batchSize) {
        arrays = new NpzArrays(spec.file(), inputs);
        total = options.limitOr(arrays.samples());
        this.batchSize = arrays.fixedBatch() > 0 ? arrays.fixedBatch() : batchSize;
    }

    @Override
    public @Nullable Batch next() {
        int samples = (int) Math.min(batchSize, total - done);
        if (samples <= 0) {
            return null;
        }
        var tensors = new LinkedHashMap<String, HostTensor>();
        arrays.rows(samples).forEach((name, rows) -> tensors.put(name, Rows.repeatLast(rows, arrays.fixedBatch())));
        var order = LongStream.range(done, done + samples).boxed().toList();
        done += samples;
        var classes = arrays.labels().map(labels -> classes(labels, samples)).orElse(List.of());
        return new Batch(tensors, samples, classes, List.of(), order);
    }

    private static List<Integer> classes(NpyStream labels, int samples) {
        long perSample = labels.shape().stream().skip(1).reduce(1L, Math::multiplyExact);
        if (perSample != 1 || labels.type().isFloating()) {
            throw new BadInputException(
                    labels.where() + " has the shape " + labels.shape() + " of "
                            + labels.type().descr(),
                    "save one whole number per sample: y.astype('int64')");
        }
        var bytes = labels.rows(samples);
        var classes = new ArrayList<Integer>();
        for (int i = 0; i < samples; i++) {
            long label = labels.type().nextLong(bytes);
            if (label < 0 || label > Integer.MAX_VALUE) {
                throw new BadInputException(labels.where() + " has the label " + label, "classes are 0, 1, ...");
            }
            classes.add((int) label);
        }
        return classes;
    }

    @Override
    public long total() {
        return total;
    }

    @Override
    public void close() {
        arrays.close();
    }
}
