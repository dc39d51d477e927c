package dev.coppice.ir.testing;

import dev.coppice.ir.DType;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Makes the constants of DSL models. */
final class DslTensors {

    private DslTensors() {}

    /** Makes a tensor of the texts of its elements, row-major. */
    static Tensor of(String name, DType type, List<Long> dims, List<String> texts) {
        if (type == DType.STRING) {
            var strings = texts.stream()
                    .map(s -> MemorySegment.ofArray(s.getBytes(StandardCharsets.UTF_8)))
                    .toList();
            return Tensor.of(name, type, dims, new TensorData.Strings(strings));
        }
        var bytes =
                ByteBuffer.allocate(Math.toIntExact(type.bytes(texts.size()))).order(ByteOrder.LITTLE_ENDIAN);
        for (var text : texts) {
            put(bytes, type, text);
        }
        return Tensor.of(name, type, dims, new TensorData.Bytes(MemorySegment.ofArray(bytes.array())));
    }

    static Tensor filled(String name, DType type, List<Long> dims, String text) {
        return of(name, type, dims, Collections.nCopies(count(dims), text));
    }

    /** Makes a tensor of values of the standard normal distribution. */
    static Tensor seeded(String name, DType type, List<Long> dims, long seed) {
        var random = new Random(seed);
        var texts = IntStream.range(0, count(dims))
                .mapToObj(_ -> Double.toString(random.nextGaussian()))
                .toList();
        return of(name, type, dims, texts);
    }

    static int count(List<Long> dims) {
        return Math.toIntExact(dims.stream().reduce(1L, Math::multiplyExact));
    }

    private static void put(ByteBuffer bytes, DType type, String text) {
        switch (type) {
            case FLOAT -> bytes.putFloat(Float.parseFloat(text));
            case DOUBLE -> bytes.putDouble(Double.parseDouble(text));
            case FLOAT16 -> bytes.putShort(Float.floatToFloat16(Float.parseFloat(text)));
            case BFLOAT16 -> bytes.putShort(bfloat16(Float.parseFloat(text)));
            case INT64 -> bytes.putLong(Long.parseLong(text));
            case UINT64 -> bytes.putLong(Long.parseUnsignedLong(text));
            case INT32, UINT32 -> bytes.putInt((int) Long.parseLong(text));
            case INT16, UINT16 -> bytes.putShort((short) Long.parseLong(text));
            case INT8, UINT8 -> bytes.put((byte) Long.parseLong(text));
            case BOOL -> bytes.put((byte) (text.equals("true") || text.equals("1") ? 1 : 0));
            default -> throw new IllegalArgumentException("constants of type " + type + " have no text form");
        }
    }

    /** Rounds to nearest, ties to even; the values here are never NaN. */
    private static short bfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        return (short) ((bits + 0x7FFF + (bits >>> 16 & 1)) >>> 16);
    }
}
