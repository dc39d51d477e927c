package dev.coppice.pipeline.data.text;

import dev.coppice.ir.BadInputException;
import dev.coppice.pipeline.data.file.DataFiles;
import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.spec.DataSpec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Windows of token ids in a file of little-endian uint16, one after the other. */
public final class TokenWindows implements AutoCloseable {

    /** Token ids in one window. */
    public static final int LENGTH = 256;

    private static final int BYTES = 2 * LENGTH;

    private final Path file;
    private final long total;
    private final InputStream in;
    private long done;

    public TokenWindows(DataSpec.Tokens spec, DataOptions options) {
        file = spec.file();
        DataFiles.requireFile(file);
        try {
            long bytes = Files.size(file);
            if (bytes == 0 || bytes % BYTES != 0) {
                throw new BadInputException(
                        file + " has " + bytes + " bytes, no multiple of " + BYTES,
                        "it holds windows of 256 token ids as little-endian uint16");
            }
            total = options.limitOr(bytes / BYTES);
            in = Files.newInputStream(file);
        } catch (IOException e) {
            throw DataFiles.unreadable(file, e);
        }
    }

    /** Returns the number of windows that will be read. */
    public long total() {
        return total;
    }

    /** Returns the next window's ids (a char is an unsigned 16-bit number), or null after the last one. */
    public char @Nullable [] next() {
        if (done == total) {
            return null;
        }
        try {
            var bytes = ByteBuffer.wrap(in.readNBytes(BYTES)).order(ByteOrder.LITTLE_ENDIAN);
            if (bytes.remaining() < BYTES) {
                throw new BadInputException(file + " became shorter while it was read", "");
            }
            done++;
            var ids = new char[LENGTH];
            bytes.asCharBuffer().get(ids);
            return ids;
        } catch (IOException e) {
            throw DataFiles.unreadable(file, e);
        }
    }

    /** Returns a window in the form that models' inputs are made of. */
    public static long[] widen(char[] window) {
        var ids = new long[window.length];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = window[i];
        }
        return ids;
    }

    @Override
    public void close() {
        DataFiles.close(in);
    }
}
