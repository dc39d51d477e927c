package dev.coppice.pipeline.data;

import dev.coppice.ir.ValueInfo;
import dev.coppice.pipeline.data.sample.Sample;
import dev.coppice.pipeline.data.sample.SampleInput;
import dev.coppice.pipeline.data.sample.SampleSource;
import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.runtime.ort.HostTensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Batches of images and vectors for models with one floating-point input. */
final class SampleBatches implements Batches {

    private final SampleSource source;
    private final SampleInput input;
    private final int batchSize;
    private final long limit;
    private long done;

    SampleBatches(SampleSource source, DataOptions options, List<ValueInfo> inputs, int batchSize) {
        this.source = source;
        this.limit = options.limitOr(Long.MAX_VALUE);
        try {
            this.input = SampleInput.of(inputs, options.preprocess());
        } catch (RuntimeException e) {
            source.close();
            throw e;
        }
        this.batchSize = input.fixedBatch() > 0 ? input.fixedBatch() : batchSize;
    }

    @Override
    public @Nullable Batch next() {
        var samples = new ArrayList<Sample>();
        while (samples.size() < batchSize && done + samples.size() < limit) {
            var sample = source.next();
            if (sample == null) {
                break;
            }
            samples.add(input.adapt(sample));
        }
        if (samples.isEmpty()) {
            return null;
        }
        var labels = samples.getFirst().label() == Sample.UNLABELLED
                ? List.<Integer>of()
                : samples.stream().map(Sample::label).toList();
        var order = LongStream.range(done, done + samples.size()).boxed().toList();
        done += samples.size();
        return new Batch(input.collate(samples, HostTensor::allocate), samples.size(), labels, List.of(), order);
    }

    @Override
    public long total() {
        return Math.min(limit, source.total());
    }

    @Override
    public void close() {
        source.close();
    }
}
