package dev.coppice.ir.onnx;

import dev.coppice.ir.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Gathers tensor elements from the typed fields ({@code float_data}, {@code int32_data}, ...). Packed fixed-width fields are used
 * where they lie; packed varints are decoded only once the tensor's type and size say that they make sense.
 */
final class TypedData {

    private final List<MemorySegment> fixed = new ArrayList<>();
    private final List<WireReader> packed = new ArrayList<>();
    private long[] singles = new long[0];
    private int count;

    /** Adds the current field: packed, or a single element. */
    void add(WireReader in) {
        boolean isFixed = in.field() == 4 || in.field() == 10;
        switch (in.wireType()) {
            case WireReader.BYTES -> {
                if (isFixed) {
                    fixed.add(in.bytes());
                } else {
                    packed.add(in.message("packed"));
                }
            }
            case WireReader.FIXED32 -> fixed.add(number(in, 4));
            case WireReader.FIXED64 -> fixed.add(number(in, 8));
            default -> append(in.number());
        }
    }

    private static MemorySegment number(WireReader in, int width) {
        var buffer = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, in.bits());
        return MemorySegment.ofBuffer(buffer).asSlice(0, width);
    }

    private void append(long value) {
        if (count == singles.length) {
            singles = Arrays.copyOf(singles, Math.max(16, count * 2));
        }
        singles[count++] = value;
    }

    /** Returns the elements in the layout of {@code raw_data}; too few or too many bytes when the fields do not hold {@code expected}. */
    MemorySegment bytes(DType type, long expected) {
        if (count == 0 && packed.isEmpty()) {
            return WireReader.join(fixed);
        }
        long encoded = packed.stream().mapToLong(p -> p.encoded().byteSize()).sum();
        int width = Math.max(1, type.bits() / Byte.SIZE);
        if (width > Long.BYTES || expected / width > encoded + count) {
            return MemorySegment.NULL;
        }
        var bytes = MemorySegment.ofArray(new byte[Math.toIntExact(expected)]);
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
