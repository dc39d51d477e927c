package dev.coppice.pipeline.data;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.ValueInfo;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Batches of token windows of equal length. */
final class TokenBatches implements Batches {

    /** Token ids in one window. */
    static final int WINDOW = 256;

    private static final int WINDOW_BYTES = 2 * WINDOW;

    private final Path file;
    private final TokenInput input;
    private final int batchSize;
    private final long total;
    private final InputStream in;
    private long done;

    TokenBatches(DataSpec.Tokens spec, DataOptions options, List<ValueInfo> inputs, int batchSize) {
        file = spec.file();
        input = TokenInput.of(inputs);
        this.batchSize = input.fixedBatch() > 0 ? input.fixedBatch() : batchSize;
        DataFiles.requireFile(file);
        try {
            long bytes = Files.size(file);
            if (bytes == 0 || bytes % WINDOW_BYTES != 0) {
                throw new BadInputException(
                        file + " has " + bytes + " bytes, no multiple of " + WINDOW_BYTES,
                        "it holds windows of 256 token ids as little-endian uint16");
            }
            total = options.limitOr(bytes / WINDOW_BYTES);
            in = Files.newInputStream(file);
        } catch (IOException e) {
            throw DataFiles.unreadable(file, e);
        }
    }

    @Override
    public @Nullable Batch next() {
        int samples = (int) Math.min(batchSize, total - done);
        if (samples <= 0) {
            return null;
        }
        var windows = new ArrayList<long[]>();
        for (int i = 0; i < samples; i++) {
            windows.add(window());
        }
        var order = LongStream.range(done, done + samples).boxed().toList();
        done += samples;
        var lengths = Collections.nCopies(samples, WINDOW);
        return new Batch(input.collate(windows), samples, List.of(), lengths, order);
    }

    private long[] window() {
        try {
            var bytes = ByteBuffer.wrap(in.readNBytes(WINDOW_BYTES)).order(ByteOrder.LITTLE_ENDIAN);
            if (bytes.remaining() < WINDOW_BYTES) {
                throw new BadInputException(file + " became shorter while it was read", "");
            }
            var ids = new long[WINDOW];
            for (int i = 0; i < WINDOW; i++) {
                ids[i] = Short.toUnsignedLong(bytes.getShort());
            }
            return ids;
        } catch (IOException e) {
            throw DataFiles.unreadable(file, e);
        }
    }

    @Override
    public long total() {
        return total;
    }

    @Override
    public void close() {
        DataFiles.close(in);
    }
}
