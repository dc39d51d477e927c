package dev.coppice.pipeline.data;

import dev.coppice.ir.ValueInfo;
import dev.coppice.pipeline.data.file.NpzArrays;
import dev.coppice.pipeline.data.file.NpzTargets;
import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.spec.DataSpec;
import dev.coppice.runtime.ort.HostTensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Batches of NumPy arrays, read as they are asked for; what is damaged is known at their end. */
final class NpzBatches implements Batches {

    private final NpzArrays arrays;
    private final List<String> wholeInputs;
    private final int batchSize;
    private final long total;
    private long done;

    NpzBatches(DataSpec.Npz spec, DataOptions options, List<ValueInfo> inputs, int batchSize) {
        arrays = new NpzArrays(spec.file(), inputs);
        wholeInputs = arrays.wholeInputs();
        total = options.limitOr(arrays.samples());
        this.batchSize = arrays.fixedBatch() > 0 ? arrays.fixedBatch() : batchSize;
    }

    @Override
    public @Nullable Batch next() {
        int samples = (int) Math.min(batchSize, total - done);
        if (samples <= 0) {
            arrays.finish();
            return null;
        }
        var tensors = new LinkedHashMap<String, HostTensor>();
        arrays.rows(samples).forEach((name, rows) -> {
            var filled = BatchRows.repeatLast(rows, arrays.fixedBatch());
            tensors.put(name, wholeInputs.contains(name) ? BatchRows.single(filled) : filled);
        });
        var order = LongStream.range(done, done + samples).boxed().toList();
        done += samples;
        var targets = arrays.targets(samples);
        var classes = targets.map(NpzTargets::classes).orElse(List.of());
        return new Batch(tensors, samples, classes, classes.isEmpty() ? targets : Optional.empty(), List.of(), order);
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
