package dev.coppice.pipeline.data;

import dev.coppice.ir.ValueInfo;
import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.spec.DataSpec;
import dev.coppice.pipeline.data.text.TokenInput;
import dev.coppice.pipeline.data.text.TokenWindows;
import dev.coppice.runtime.ort.HostTensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Batches of token windows of equal length. */
final class TokenBatches implements Batches {

    private final TokenInput input;
    private final int batchSize;
    private final TokenWindows windows;
    private long done;

    TokenBatches(DataSpec.Tokens spec, DataOptions options, List<ValueInfo> inputs, int batchSize) {
        input = TokenInput.of(inputs);
        this.batchSize = input.fixedBatch() > 0 ? input.fixedBatch() : batchSize;
        windows = new TokenWindows(spec, options);
    }

    @Override
    public @Nullable Batch next() {
        var sequences = new ArrayList<long[]>();
        while (sequences.size() < batchSize) {
            var window = windows.next();
            if (window == null) {
                break;
            }
            sequences.add(TokenWindows.widen(window));
        }
        if (sequences.isEmpty()) {
            return null;
        }
        int samples = sequences.size();
        var order = LongStream.range(done, done + samples).boxed().toList();
        done += samples;
        var lengths = Collections.nCopies(samples, TokenWindows.LENGTH);
        return new Batch(input.collate(sequences, HostTensor::allocate), samples, List.of(), lengths, order);
    }

    @Override
    public long total() {
        return windows.total();
    }

    @Override
    public void close() {
        windows.close();
    }
}
