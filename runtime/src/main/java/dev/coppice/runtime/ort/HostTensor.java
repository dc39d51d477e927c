package dev.coppice.runtime.ort;

import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/** A dense tensor in the JVM's own memory: element type, sizes (outermost first) and row-major elements in native byte order. */
public final class HostTensor {

    private final DType type;
    private final long[] dims;
    private final ByteBuffer data;

    private HostTensor(DType type, long[] dims, ByteBuffer data) {
        this.type = type;
        this.dims = dims.clone();
        this.data = data.order(ByteOrder.nativeOrder());
    }

    /**
     * Allocates zeros outside the heap, where ONNX Runtime reads them without a copy.
     *
     * @throws IllegalArgumentException for strings, types narrower than a byte, and more than 2 GiB
     */
    public static HostTensor allocate(DType type, long... dims) {
        return new HostTensor(type, dims, ByteBuffer.allocateDirect(byteSize(type, dims)));
    }

    /** Wraps elements that are already encoded; {@code data} must hold exactly the tensor's bytes in native order. */
    public static HostTensor wrap(DType type, ByteBuffer data, long... dims) {
        if (data.remaining() != byteSize(type, dims)) {
            throw new IllegalArgumentException(
                    data.remaining() + " bytes for a " + type + " tensor of " + Arrays.toString(dims));
        }
        return new HostTensor(type, dims, data.slice());
    }

    public static HostTensor ofFloats(float[] values, long... dims) {
        var tensor = allocate(DType.FLOAT, dims);
        tensor.buffer().asFloatBuffer().put(values);
        return tensor.requireSize(values.length);
    }

    /** Encodes values in a floating-point type, rounding to nearest where it is narrower. */
    public static HostTensor ofFloats(DType type, float[] values, long... dims) {
        if (type == DType.FLOAT) {
            return ofFloats(values, dims);
        }
        var tensor = allocate(type, dims).requireSize(values.length);
        var bytes = tensor.buffer();
        for (float value : values) {
            switch (type) {
                case DOUBLE -> bytes.putDouble(value);
                case FLOAT16 -> bytes.putShort(Float.floatToFloat16(value));
                default -> throw new IllegalArgumentException("no encoding of floats as " + type);
            }
        }
        return tensor;
    }

    public static HostTensor ofLongs(long[] values, long... dims) {
        var tensor = allocate(DType.INT64, dims);
        tensor.buffer().asLongBuffer().put(values);
        return tensor.requireSize(values.length);
    }

    public DType type() {
        return type;
    }

    public List<Long> dims() {
        return Arrays.stream(dims).boxed().toList();
    }

    /** Returns the sizes as an array that the caller may change. */
    public long[] sizes() {
        return dims.clone();
    }

    /** Returns the number of elements. */
    public int size() {
        return elements(dims);
    }

    /** Returns a view of all bytes in native order, with a position of its own. */
    public ByteBuffer buffer() {
        return data.duplicate().order(ByteOrder.nativeOrder()).clear();
    }

    /** Returns a tensor of the graph with the same elements, which stay where they are. */
    public Tensor named(String name) {
        return Tensor.of(name, type, dims(), new TensorData.Bytes(MemorySegment.ofBuffer(buffer())));
    }

    /** Returns every element as a float, rounded where the type is wider. */
    public float[] toFloats() {
        var values = new float[size()];
        if (type.prunable()) {
            Elements.floats(named(""), 0, values, values.length);
            return values;
        }
        var wide = toDoubles();
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) wide[i];
        }
        return values;
    }

    /** Returns every element as a double; exact except for 64-bit integers beyond 2^53. */
    public double[] toDoubles() {
        if (!type.prunable()) {
            return Arrays.stream(Elements.longs(named("")))
                    .mapToDouble(value -> type == DType.UINT64 ? unsigned(value) : value)
                    .toArray();
        }
        var values = new double[size()];
        Elements.doubles(named(""), 0, values, values.length);
        return values;
    }

    private static double unsigned(long bits) {
        return bits >= 0 ? bits : ((bits >>> 1) | (bits & 1)) * 2.0;
    }

    private HostTensor requireSize(int given) {
        if (given != size()) {
            throw new IllegalArgumentException(given + " elements for " + Arrays.toString(dims));
        }
        return this;
    }

    private static int elements(long[] dims) {
        long product = 1;
        for (long dim : dims) {
            product = Math.multiplyExact(product, dim);
        }
        return Math.toIntExact(product);
    }

    private static int byteSize(DType type, long... dims) {
        if (type.bits() < 8) {
            throw new IllegalArgumentException("tensors of type " + type + " cannot be held");
        }
        long bytes = type.bytes(elements(dims));
        if (bytes < 0 || bytes > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(bytes + " bytes in one tensor; at most 2 GiB can be held");
        }
        return (int) bytes;
    }

    @Override
    public String toString() {
        return type + Arrays.toString(dims);
    }
}
