package dev.coppice.ir.onnx;

import dev.coppice.ir.DType;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Gathers tensor elements from the typed fields ({@code float_data}, {@code int32_data}, ...). Packed fixed-width fields are used
 * where they lie; packed varints are decoded only once the tensor's type and size say that they make sense.
 */
final class TypedData {

    private final List<MemorySegment> fixed = new ArrayList<>();
    /** Fixed-width elements that came one by one since the last packed field. */
    private final ByteArrayOutputStream loose = new ByteArrayOutputStream();

    private final List<WireReader> packed = new ArrayList<>();
    private long[] singles = new long[0];
    private int count;

    /** Adds the current field: packed, or a single element. */
    void add(WireReader in) {
        boolean isFixed = in.field() == 4 || in.field() == 10;
        switch (in.wireType()) {
            case WireReader.BYTES -> {
                if (isFixed) {
                    gather();
                    fixed.add(in.bytes());
                } else {
                    packed.add(in.message("packed"));
                }
            }
            case WireReader.FIXED32 -> single(in.bits(), Integer.SIZE);
            case WireReader.FIXED64 -> single(in.bits(), Long.SIZE);
            default -> append(in.number());
        }
    }

    private void single(long bits, int width) {
        for (int shift = 0; shift < width; shift += Byte.SIZE) {
            loose.write((int) (bits >>> shift));
        }
    }

    private void gather() {
        if (loose.size() > 0) {
            fixed.add(MemorySegment.ofArray(loose.toByteArray()));
            loose.reset();
        }
    }

    private void append(long value) {
        if (count == singles.length) {
            singles = Arrays.copyOf(singles, Math.max(16, count * 2));
        }
        singles[count++] = value;
    }

    /**
     * Returns the elements in the layout of {@code raw_data}; too few or too many bytes when the fields do not hold {@code expected}.
     *
     * @param in the tensor's reader, which bounds what may be copied
     */
    MemorySegment bytes(WireReader in, DType type, long expected) {
        gather();
        if (count == 0 && packed.isEmpty()) {
            return in.join(fixed);
        }
        long encoded = packed.stream().mapToLong(p -> p.encoded().byteSize()).sum();
        int width = Math.max(1, type.bits() / Byte.SIZE);
        if (width > Long.BYTES || expected / width > encoded + count) {
            return MemorySegment.NULL;
        }
        var bytes = MemorySegment.ofArray(in.array(expected));
        long at = 0;
        for (int i = 0; i < count && at < expected; i++, at += width) {
            put(bytes, at, width, singles[i]);
        }
        for (var piece : packed) {
            for (; !piece.atEnd(); at += width) {
                if (at >= expected) {
                    throw piece.error("more elements than the tensor's dimensions allow");
                }
                put(bytes, at, width, piece.varint());
            }
        }
        return bytes.asSlice(0, at);
    }

    private static void put(MemorySegment bytes, long at, int width, long value) {
        for (int b = 0; b < width; b++) {
            bytes.set(ValueLayout.JAVA_BYTE, at + b, (byte) (value >>> (b * Byte.SIZE)));
        }
    }
}
