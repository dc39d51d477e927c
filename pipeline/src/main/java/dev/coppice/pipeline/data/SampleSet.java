package dev.coppice.pipeline.data;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.DType;
import dev.coppice.ir.ValueInfo;
import dev.coppice.pipeline.data.file.TensorMemory;
import dev.coppice.pipeline.data.sample.Sample;
import dev.coppice.pipeline.data.sample.SampleInput;
import dev.coppice.pipeline.data.sample.SampleSource;
import dev.coppice.pipeline.data.sample.SampleSources;
import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.spec.DataSpec;
import dev.coppice.runtime.ort.HostTensor;
import dev.coppice.train.data.TrainBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Images and vectors to learn from. Pixels are kept as the bytes that they are stored as, resized ones rounded to bytes; augmentation,
 * mean and deviation, and the order of the axes come when a batch is made.
 */
final class SampleSet implements Dataset {

    private final SampleInput input;
    private final List<Sample> samples;
    private final Batching batching;
    private final UnaryOperator<Sample> normalise;

    /** Loads samples for a model with one floating-point input. */
    SampleSet(DataSpec.Samples spec, DataOptions options, List<ValueInfo> inputs, Batching wanted) {
        input = SampleInput.of(inputs, options.preprocess());
        batching = wanted.fixedTo(input.fixedBatch());
        try (var source = SampleSources.open(spec, options)) {
            samples = load(source, options.limitOr(Integer.MAX_VALUE));
        }
        if (samples.isEmpty()) {
            throw new BadInputException("there are no samples in " + spec.text(), "check the data");
        }
        normalise = input.normaliser(samples.getFirst().extent().channels());
    }

    private List<Sample> load(SampleSource source, long limit) {
        var loaded = new ArrayList<Sample>();
        while (loaded.size() < limit) {
            var sample = source.next();
            if (sample == null) {
                break;
            }
            var fitting = input.fit(sample);
            batching.augmentation().requireImage(fitting);
            loaded.add(sample.hasPixels() ? fitting.toPixels() : fitting);
        }
        return loaded;
    }

    @Override
    public int batches() {
        return batching.batches(samples.size());
    }

    @Override
    public int batchSize() {
        return batching.size();
    }

    @Override
    public Pass epoch(int number) {
        var order = batching.order(samples.size(), number);
        return (batch, memory) -> batch(memory, number, batching.members(order, batch));
    }

    private TrainBatch batch(TensorMemory memory, int epoch, int[] members) {
        var ready = new ArrayList<Sample>(members.length);
        for (int member : members) {
            var draws = Draws.of(batching.seed(), epoch, member);
            ready.add(normalise.apply(batching.augmentation().apply(samples.get(member), draws)));
        }
        return TrainTensors.batch(input.collate(ready, memory), members.length, classes(ready, memory));
    }

    private static Optional<HostTensor> classes(List<Sample> samples, TensorMemory memory) {
        if (samples.getFirst().label() == Sample.UNLABELLED) {
            return Optional.empty();
        }
        var classes = memory.allocate(DType.INT64, samples.size());
        var target = classes.buffer();
        samples.forEach(sample -> target.putLong(sample.label()));
        return Optional.of(classes);
    }
}
