package dev.coppice.pipeline.data.file;

import dev.coppice.ir.BadInputException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.zip.CRC32;
import javax.imageio.stream.ImageInputStream;

/** Checks the checksums of a PNG file, which the JDK's decoder passes over. */
public final class PngChunks {

    private static final int SIGNATURE = 8;
    private static final int END = 0x49454e44; // IEND
    private static final int BLOCK = 1 << 16;

    private PngChunks() {}

    /**
     * Goes through all chunks, and returns to where the stream stood.
     *
     * @throws BadInputException when one is damaged, or the last one is missing
     */
    public static void check(Path file, ImageInputStream stream) throws IOException {
        stream.mark();
        stream.skipBytes(SIGNATURE);
        var block = new byte[BLOCK];
        try {
            for (int type = 0; type != END; ) {
                long left = stream.readUnsignedInt() + 4;
                var crc = new CRC32();
                type = 0;
                for (boolean first = true; left > 0; first = false) {
                    int length = (int) Math.min(left, BLOCK);
                    stream.readFully(block, 0, length);
                    crc.update(block, 0, length);
                    left -= length;
                    if (first) {
                        type = (block[0] & 0xff) << 24
                                | (block[1] & 0xff) << 16
                                | (block[2] & 0xff) << 8
                                | (block[3] & 0xff);
                    }
                }
                if (stream.readUnsignedInt() != crc.getValue()) {
                    throw new BadInputException(
                            file + " is damaged: a chunk's checksum is wrong", "replace or remove it");
                }
            }
        } catch (EOFException e) {
            throw new BadInputException(file + " is damaged: it ends too early", "replace or remove it", e);
        }
        stream.reset();
    }
}
