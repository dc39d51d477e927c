package dev.coppice.pipeline.data;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.ValueInfo;
import dev.coppice.pipeline.data.file.NpzArrays;
import dev.coppice.pipeline.data.file.TensorMemory;
import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.spec.DataSpec;
import dev.coppice.runtime.ort.HostTensor;
import dev.coppice.train.data.TrainBatch;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** NumPy arrays to learn from, in the types that the model wants. */
final class ArraySet implements Dataset {

    private final Map<String, HostTensor> arrays;
    private final Optional<HostTensor> targets;
    private final List<String> wholeInputs;
    private final Batching batching;
    private final int samples;
    private final int fixedBatch;

    /** Loads all arrays. */
    ArraySet(DataSpec.Npz spec, DataOptions options, List<ValueInfo> inputs, Batching wanted) {
        try (var source = new NpzArrays(spec.file(), inputs)) {
            samples = Math.toIntExact(options.limitOr(source.samples()));
            if (samples == 0) {
                throw new BadInputException("there are no samples in " + spec.file(), "check the arrays");
            }
            arrays = source.rows(samples);
            targets = source.targets(samples);
            fixedBatch = source.fixedBatch();
            wholeInputs = source.wholeInputs();
            source.finish();
        }
        batching = wanted.fixedTo(fixedBatch);
    }

    @Override
    public int batches() {
        return batching.batches(samples);
    }

    @Override
    public int batchSize() {
        return batching.size();
    }

    @Override
    public Pass epoch(int number) {
        var order = batching.order(samples, number);
        return (batch, memory) -> batch(memory, batching.members(order, batch));
    }

    private TrainBatch batch(TensorMemory memory, int[] members) {
        int rows = Math.max(members.length, fixedBatch);
        var inputs = new LinkedHashMap<String, HostTensor>();
        arrays.forEach((name, array) -> {
            var gathered = BatchRows.gather(array, members, rows, memory);
            inputs.put(name, wholeInputs.contains(name) ? BatchRows.single(gathered) : gathered);
        });
        var chosen = targets.map(array -> BatchRows.gather(array, members, members.length, memory));
        return TrainTensors.batch(inputs, members.length, chosen);
    }
}
