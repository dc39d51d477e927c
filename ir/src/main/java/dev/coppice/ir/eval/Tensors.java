package dev.coppice.ir.eval;

import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Makes tensors in memory. */
public final class Tensors {

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Tensors() {}

    /** Makes an int64 vector. */
    public static Tensor ofLongs(String name, long... values) {
        return ofLongs(DType.INT64, List.of((long) values.length), values).withName(name);
    }

    /** Makes an unnamed tensor of an integer or boolean type; values wrap as in C. Throws {@link IllegalArgumentException} for other types. */
    public static Tensor ofLongs(DType type, List<Long> dims, long[] values) {
        var bytes = allocate(type, values.length);
        for (int i = 0; i < values.length; i++) {
            switch (type) {
                case INT64, UINT64 -> bytes.set(LONG, 8L * i, values[i]);
                case INT32, UINT32 -> bytes.set(INT, 4L * i, (int) values[i]);
                case INT16, UINT16 -> bytes.set(SHORT, 2L * i, (short) values[i]);
                case INT8, UINT8 -> bytes.set(ValueLayout.JAVA_BYTE, i, (byte) values[i]);
                case BOOL -> bytes.set(ValueLayout.JAVA_BYTE, i, (byte) (values[i] != 0 ? 1 : 0));
                default -> throw new IllegalArgumentException(type + " is no integer type");
            }
        }
        return Tensor.of("", type, dims, new TensorData.Bytes(bytes));
    }

    /** Makes an unnamed tensor of a type that takes one byte an element; the bytes are not copied. */
    public static Tensor ofBytes(DType type, List<Long> dims, byte[] values) {
        if (type.bits() != 8) {
            throw new IllegalArgumentException(type + " does not take a byte an element");
        }
        return Tensor.of("", type, dims, new TensorData.Bytes(MemorySegment.ofArray(values)));
    }

    /** Makes an unnamed float32 tensor. */
    public static Tensor ofFloats(List<Long> dims, float... values) {
        var bytes = allocate(DType.FLOAT, values.length);
        MemorySegment.copy(values, 0, bytes, FLOAT, 0, values.length);
        return Tensor.of("", DType.FLOAT, dims, new TensorData.Bytes(bytes));
    }

    /** Makes an unnamed tensor of a floating-point type; values round to nearest. */
    public static Tensor ofDoubles(DType type, List<Long> dims, double[] values) {
        var bytes = allocate(type, values.length);
        for (int i = 0; i < values.length; i++) {
            switch (type) {
                case FLOAT -> bytes.set(FLOAT, 4L * i, (float) values[i]);
                case DOUBLE -> bytes.set(DOUBLE, 8L * i, values[i]);
                case FLOAT16 -> bytes.set(SHORT, 2L * i, Float.floatToFloat16((float) values[i]));
                case BFLOAT16 -> bytes.set(SHORT, 2L * i, bfloat16((float) values[i]));
                default -> throw new IllegalArgumentException(type + " is no floating-point type");
            }
        }
        return Tensor.of("", type, dims, new TensorData.Bytes(bytes));
    }

    /** Returns all elements of a floating-point tensor. */
    static double[] doubles(Tensor tensor) {
        var values = new double[Math.toIntExact(tensor.size())];
        Elements.doubles(tensor, 0, values, values.length);
        return values;
    }

    /** Says whether single elements of this type can be copied: whole bytes, or strings. */
    static boolean movable(DType type) {
        return type == DType.STRING || type.bits() >= 8;
    }

    /**
     * Makes an unnamed tensor of elements of others.
     *
     * @param sources all of one movable type; their elements count through, the second's after the first's
     * @param from for each element of the result the number of the source element
     */
    static Tensor take(List<Tensor> sources, List<Long> dims, int[] from) {
        var type = sources.getFirst().type();
        if (type == DType.STRING) {
            var all = new ArrayList<MemorySegment>();
            for (var source : sources) {
                if (source.data() instanceof TensorData.Strings(var strings)) {
                    all.addAll(strings);
                }
            }
            var taken = Arrays.stream(from).mapToObj(all::get).toList();
            return Tensor.of("", type, dims, new TensorData.Strings(taken));
        }
        int width = type.bits() / 8;
        var all = joined(sources, width);
        var bytes = allocate(type, from.length);
        for (int i = 0; i < from.length; i++) {
            copy(all, (long) from[i] * width, bytes, (long) i * width, width);
        }
        return Tensor.of("", type, dims, new TensorData.Bytes(bytes));
    }

    private static void copy(MemorySegment source, long from, MemorySegment target, long to, int width) {
        switch (width) {
            case 1 -> target.set(ValueLayout.JAVA_BYTE, to, source.get(ValueLayout.JAVA_BYTE, from));
            case 2 -> target.set(SHORT, to, source.get(SHORT, from));
            case 4 -> target.set(INT, to, source.get(INT, from));
            case 8 -> target.set(LONG, to, source.get(LONG, from));
            default -> MemorySegment.copy(source, from, target, to, width);
        }
    }

    /** Returns the elements of all sources one after the other, pruned ones as zeros. */
    private static MemorySegment joined(List<Tensor> sources, int width) {
        if (sources.size() == 1 && !(sources.getFirst().data() instanceof TensorData.Masked)) {
            return Elements.bytes(sources.getFirst());
        }
        long size = sources.stream().mapToLong(Tensor::size).sum();
        var joined = MemorySegment.ofArray(new byte[Math.toIntExact(size * width)]);
        long at = 0;
        for (var source : sources) {
            var own = joined.asSlice(at, source.size() * width);
            MemorySegment.copy(Elements.bytes(source), 0, own, 0, own.byteSize());
            if (source.data() instanceof TensorData.Masked(var _, var mask)) {
                for (long i = 0; i < mask.size(); i++) {
                    if (mask.isPruned(i)) {
                        own.asSlice(i * width, width).fill((byte) 0);
                    }
                }
            }
            at += own.byteSize();
        }
        return joined;
    }

    private static MemorySegment allocate(DType type, int elements) {
        return MemorySegment.ofArray(new byte[Math.toIntExact(type.bytes(elements))]);
    }

    /** Rounds to nearest, ties to even; a NaN stays one. */
    private static short bfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        return Float.isNaN(value) ? (short) 0x7FC0 : (short) ((bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16);
    }
}
