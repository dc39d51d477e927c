package dev.coppice.ir;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Reads the elements of tensors, whatever their storage, type and mask. All offsets count elements in storage order. */
public final class Elements {

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Elements() {}

    /** Returns the stored bytes of a tensor, without its mask; throws {@link IllegalArgumentException} for strings. */
    public static MemorySegment bytes(Tensor tensor) {
        return bytes(tensor.data());
    }

    private static MemorySegment bytes(TensorData data) {
        return switch (data) {
            case TensorData.Bytes(var bytes) -> bytes;
            case TensorData.External external -> external.bytes();
            case TensorData.Masked(var base, var _) -> bytes(base);
            case TensorData.Strings _ -> throw new IllegalArgumentException("strings have no bytes");
        };
    }

    /**
     * Reads {@code count} elements from element {@code from} on into {@code into[0..count)}. float16 and bfloat16 widen exactly,
     * float64 rounds; pruned elements read as zero.
     *
     * @throws IllegalArgumentException when the tensor's type is not one of the four floating-point types
     */
    public static void floats(Tensor tensor, long from, float[] into, int count) {
        var bytes = bytes(tensor);
        switch (tensor.type()) {
            case FLOAT -> MemorySegment.copy(bytes, FLOAT, from * 4, into, 0, count);
            case FLOAT16 -> {
                for (int i = 0; i < count; i++) {
                    into[i] = Float.float16ToFloat(bytes.get(SHORT, (from + i) * 2));
                }
            }
            case BFLOAT16 -> {
                for (int i = 0; i < count; i++) {
                    into[i] = Float.intBitsToFloat(bytes.get(SHORT, (from + i) * 2) << 16);
                }
            }
            case DOUBLE -> {
                for (int i = 0; i < count; i++) {
                    into[i] = (float) bytes.get(DOUBLE, (from + i) * 8);
                }
            }
            default -> throw notFloating(tensor);
        }
        if (tensor.data() instanceof TensorData.Masked(var _, var mask)) {
            for (int i = 0; i < count; i++) {
                if (mask.isPruned(from + i)) {
                    into[i] = 0;
                }
            }
        }
    }

    /** Reads as {@link #floats}, exactly for float64 too. */
    public static void doubles(Tensor tensor, long from, double[] into, int count) {
        if (tensor.type() != DType.DOUBLE) {
            var narrow = new float[count];
            floats(tensor, from, narrow, count);
            for (int i = 0; i < count; i++) {
                into[i] = narrow[i];
            }
            return;
        }
        MemorySegment.copy(bytes(tensor), DOUBLE, from * 8, into, 0, count);
        if (tensor.data() instanceof TensorData.Masked(var _, var mask)) {
            for (int i = 0; i < count; i++) {
                if (mask.isPruned(from + i)) {
                    into[i] = 0;
                }
            }
        }
    }

    /**
     * Returns all elements of an integer or boolean tensor as longs (unsigned 64-bit ones wrap).
     *
     * @throws IllegalArgumentException for other types, or more than 2^31 - 1 elements
     */
    public static long[] longs(Tensor tensor) {
        var bytes = bytes(tensor);
        var longs = new long[Math.toIntExact(tensor.size())];
        Arrays.setAll(longs, i -> integer(tensor, bytes, i));
        return longs;
    }

    private static long integer(Tensor tensor, MemorySegment bytes, long i) {
        return switch (tensor.type()) {
            case INT64, UINT64 -> bytes.get(LONG, i * 8);
            case INT32 -> bytes.get(INT, i * 4);
            case UINT32 -> Integer.toUnsignedLong(bytes.get(INT, i * 4));
            case INT16 -> bytes.get(SHORT, i * 2);
            case UINT16 -> Short.toUnsignedLong(bytes.get(SHORT, i * 2));
            case INT8 -> bytes.get(ValueLayout.JAVA_BYTE, i);
            case UINT8, BOOL -> Byte.toUnsignedLong(bytes.get(ValueLayout.JAVA_BYTE, i));
            default -> throw new IllegalArgumentException(tensor.name() + " holds " + tensor.type() + ", not integers");
        };
    }

    private static IllegalArgumentException notFloating(Tensor tensor) {
        return new IllegalArgumentException(tensor.name() + " holds " + tensor.type() + ", not floating-point numbers");
    }
}
