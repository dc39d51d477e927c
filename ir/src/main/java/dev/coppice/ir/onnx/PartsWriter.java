package dev.coppice.ir.onnx;

import dev.coppice.ir.Mask;
import dev.coppice.ir.onnx.WireWriter.BytesPart;
import dev.coppice.ir.onnx.WireWriter.MaskedPart;
import dev.coppice.ir.onnx.WireWriter.Part;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.security.MessageDigest;
import java.util.List;

/** Streams encoded parts to a file or into memory through one small buffer. */
final class PartsWriter {

    /** Elements a step; a multiple of 64, so that steps start at whole words of a mask. */
    private static final int STEP = 1 << 16;

    /** Bytes copied at once: what fits in a core's second-level cache is copied a third faster. */
    private static final long SLICE = 1 << 18;

    private final WritableByteChannel channel;
    private final boolean releases;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(STEP * Long.BYTES);
    private final int[] ints = new int[STEP];

    /** @param releases whether mapped pages are let go of once they are written */
    private PartsWriter(WritableByteChannel channel, boolean releases) {
        this.channel = channel;
        this.releases = releases;
    }

    static void write(List<Part> parts, WritableByteChannel channel) throws IOException {
        new PartsWriter(channel, true).write(parts);
    }

    /** Writes to a channel; returns the SHA-256 of all that. */
    static byte[] writeDigesting(List<Part> parts, WritableByteChannel channel) throws IOException {
        var digesting = new DigestingChannel(channel, DataFile.sha256());
        write(parts, digesting);
        return digesting.digest().digest();
    }

    /** Looks at what is written on its way. */
    private record DigestingChannel(WritableByteChannel to, MessageDigest digest) implements WritableByteChannel {

        @Override
        public int write(ByteBuffer bytes) throws IOException {
            var seen = bytes.duplicate();
            int count = to.write(bytes);
            digest.update(seen.limit(seen.position() + count));
            return count;
        }

        @Override
        public boolean isOpen() {
            return to.isOpen();
        }

        @Override
        public void close() throws IOException {
            to.close();
        }
    }

    /** Writes into memory, which must be as large as the parts together; mapped pages stay, for the next time. */
    static void write(List<Part> parts, MemorySegment memory) throws IOException {
        new PartsWriter(new MemoryChannel(memory.asByteBuffer()), false).write(parts);
    }

    private void write(List<Part> parts) throws IOException {
        for (var part : parts) {
            switch (part) {
                case BytesPart(var bytes) -> copy(bytes);
                case MaskedPart masked -> mask(masked);
            }
        }
    }

    /** Puts what is written into a buffer that has room for it. */
    private record MemoryChannel(ByteBuffer memory) implements WritableByteChannel {

        @Override
        public int write(ByteBuffer bytes) {
            int count = bytes.remaining();
            memory.put(bytes);
            return count;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }

    private void copy(MemorySegment bytes) throws IOException {
        for (long at = 0; at < bytes.byteSize(); at += SLICE) {
            var slice = bytes.asSlice(at, Math.min(SLICE, bytes.byteSize() - at));
            drain(slice.asByteBuffer());
            release(slice);
        }
    }

    private void mask(MaskedPart part) throws IOException {
        var mask = part.data().mask();
        var step = MemorySegment.ofBuffer(buffer.clear());
        for (long from = 0; from < mask.size(); from += STEP) {
            int count = (int) Math.min(STEP, mask.size() - from);
            var source = part.bytes().asSlice(from * part.width(), (long) count * part.width());
            switch (part.width()) {
                case Float.BYTES -> zeroInts(source, mask, from, count, step);
                default -> zeroBytes(source, mask, from, count, step);
            }
            drain(buffer.clear().limit(count * part.width()));
            release(source);
        }
    }

    private void zeroInts(MemorySegment source, Mask mask, long from, int count, MemorySegment step) {
        MemorySegment.copy(source, ValueLayout.JAVA_INT_UNALIGNED, 0, ints, 0, count);
        for (int i = 0; i < count; i += Long.SIZE) {
            long pruned = mask.word((int) ((from + i) >>> 6));
            int end = Math.min(Long.SIZE, count - i);
            for (int bit = 0; bit < end; bit++) {
                ints[i + bit] &= (int) (pruned >>> bit & 1) - 1;
            }
        }
        MemorySegment.copy(ints, 0, step, ValueLayout.JAVA_INT_UNALIGNED, 0, count);
    }

    private static void zeroBytes(MemorySegment source, Mask mask, long from, int count, MemorySegment step) {
        MemorySegment.copy(source, 0, step, 0, source.byteSize());
        long width = source.byteSize() / count;
        for (int i = 0; i < count; i++) {
            if (mask.isPruned(from + i)) {
                step.asSlice(i * width, width).fill((byte) 0);
            }
        }
    }

    private void drain(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Keeps the resident memory of a long copy small; the pages come back from the file when they are needed again. */
    private void release(MemorySegment bytes) {
        if (releases && bytes.isMapped()) {
            bytes.unload();
        }
    }
}
