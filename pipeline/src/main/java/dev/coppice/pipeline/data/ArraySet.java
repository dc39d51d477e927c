package dev.coppice.pipeline.data;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.DType;
import dev.coppice.ir.ValueInfo;
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
            targets = source.labels().map(labels -> targets(labels, samples));
            fixedBatch = source.fixedBatch();
        }
        batching = wanted.fixedTo(fixedBatch);
    }

    private static HostTensor targets(NpyStream labels, int samples) {
        if (labels.type().isFloating()) {
            return labels.tensor(DType.FLOAT, samples);
        }
        var integers = labels.tensor(DType.INT64, samples);
        long[] dims = integers.sizes();
        boolean sequences = dims.length == 2 && dims[1] > 1;
        if (!sequences && integers.size() != samples) {
            throw new BadInputException(
                    labels.where() + " has the shape " + labels.shape() + " of "
                            + labels.type().descr(),
                    "classes are [N], label sequences [N,L], filled up with -1; other targets are floating-point");
        }
        var values = integers.buffer().asLongBuffer();
        for (int i = 0; i < integers.size(); i++) {
            if (values.get(i) < (sequences ? -1 : 0)) {
                throw new BadInputException(
                        labels.where() + " has the label " + values.get(i),
                        "classes are 0, 1, ...; -1 fills up label sequences");
            }
        }
        return sequences ? integers : HostTensor.wrap(DType.INT64, integers.buffer(), samples);
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
        arrays.forEach((name, array) -> inputs.put(name, Rows.gather(array, members, rows, memory)));
        var chosen = targets.map(array -> Rows.gather(array, members, members.length, memory));
        return TrainTensors.batch(inputs, members.length, chosen);
    }
}
