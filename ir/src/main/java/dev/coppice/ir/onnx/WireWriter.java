package dev.coppice.ir.onnx;

import dev.coppice.ir.TensorData;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Builds one encoded message as a list of parts: small fields are encoded into memory, large ones stay references to where their
 * bytes are, so that a message of any size costs little heap.
 */
final class WireWriter {

    private static final int COPIED_BELOW = 4096;

    /** A run of bytes of the output. */
    sealed interface Part {
        long size();
    }

    record BytesPart(MemorySegment bytes) implements Part {
        @Override
        public long size() {
            return bytes.byteSize();
        }
    }

    /** Elements of {@code width} bytes that get zeros while they are written. */
    record MaskedPart(TensorData.Masked data, MemorySegment bytes, int width) implements Part {
        @Override
        public long size() {
            return bytes.byteSize();
        }
    }

    private final List<Part> parts = new ArrayList<>();
    private final ByteArrayOutputStream small = new ByteArrayOutputStream();
    private long size;

    long size() {
        return size;
    }

    /** Returns the message's parts in order. */
    List<Part> parts() {
        flush();
        return parts;
    }

    void number(int field, long value) {
        varint((long) field << 3);
        varint(value);
    }

    void floatNumber(int field, float value) {
        varint((long) field << 3 | WireReader.FIXED32);
        int bits = Float.floatToRawIntBits(value);
        for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
            octet(bits >>> shift);
        }
    }

    void string(int field, String text) {
        bytes(field, MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8)));
    }

    void nonEmptyString(int field, String text) {
        if (!text.isEmpty()) {
            string(field, text);
        }
    }

    void bytes(int field, MemorySegment bytes) {
        header(field, bytes.byteSize());
        raw(bytes);
    }

    void masked(int field, MaskedPart part) {
        header(field, part.size());
        add(part);
    }

    void message(int field, WireWriter message) {
        header(field, message.size);
        message.parts().forEach(this::add);
    }

    /** Appends already encoded fields. */
    void raw(MemorySegment encoded) {
        if (encoded.byteSize() < COPIED_BELOW) {
            small.writeBytes(encoded.toArray(ValueLayout.JAVA_BYTE));
            size += encoded.byteSize();
        } else {
            add(new BytesPart(encoded));
        }
    }

    private void add(Part part) {
        if (part instanceof BytesPart(var bytes) && bytes.byteSize() < COPIED_BELOW) {
            raw(bytes);
            return;
        }
        flush();
        parts.add(part);
        size += part.size();
    }

    private void header(int field, long length) {
        varint((long) field << 3 | WireReader.BYTES);
        varint(length);
    }

    private void varint(long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            octet((int) ((rest & 0x7f) | 0x80));
            rest >>>= 7;
        }
        octet((int) rest);
    }

    private void octet(int value) {
        small.write(value);
        size++;
    }

    private void flush() {
        if (small.size() > 0) {
            parts.add(new BytesPart(MemorySegment.ofArray(small.toByteArray())));
            small.reset();
        }
    }
}
