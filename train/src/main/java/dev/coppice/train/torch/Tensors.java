package dev.coppice.train.torch;

import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Mask;
import dev.coppice.ir.TensorData;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Moves tensors between the model's world and libtorch's, without a copy where the bytes allow it. */
public final class Tensors {

    private Tensors() {}

    /** A bare address, which JavaCPP has no public constructor for. */
    private static final class Address extends Pointer {
        Address(MemorySegment segment) {
            super((Pointer) null);
            address = segment.address();
        }
    }

    /**
     * Returns a tensor over the elements of {@code tensor}: over the very bytes (which must outlive it and must not be written) when
     * they lie aligned outside the heap, are not masked and need no widening; over a copy otherwise.
     *
     * @throws UnsupportedOperationException for an element type that libtorch lacks
     */
    public static Tensor shared(dev.coppice.ir.Tensor tensor, Precision precision) {
        var bytes = Elements.bytes(tensor);
        boolean inPlace = bytes.isNative()
                && bytes.address() % Math.max(1, tensor.type().bits() / 8) == 0
                && !(tensor.data() instanceof TensorData.Masked)
                && precision.of(tensor.type()) == Precision.stored(tensor.type());
        return inPlace ? blob(bytes, tensor) : copy(tensor, precision);
    }

    /** Returns a tensor with a copy of the elements, widened to {@code precision}, pruned ones zero. */
    public static Tensor copy(dev.coppice.ir.Tensor tensor, Precision precision) {
        try (var scope = new Scope();
                var arena = Arena.ofConfined()) {
            var bytes = Elements.bytes(tensor);
            if (!bytes.isNative() || bytes.address() % Long.BYTES != 0) {
                bytes = arena.allocate(Math.max(1, tensor.byteSize()), Long.BYTES)
                        .copyFrom(bytes);
            }
            var copied = blob(bytes, tensor).to(precision.of(tensor.type()), false, true, new MemoryFormatOptional());
            if (tensor.data() instanceof TensorData.Masked(var _, var mask)) {
                copied.masked_fill_(pruned(mask, tensor.dims()), new Scalar(0.0));
            }
            return scope.out(copied);
        }
    }

    /** Returns a boolean tensor of the given sizes, true where the mask prunes. */
    public static Tensor pruned(Mask mask, List<Long> dims) {
        try (var arena = Arena.ofConfined()) {
            var bytes = arena.allocate(Math.max(1, mask.size()));
            for (long i = 0; i < mask.size(); i++) {
                bytes.set(ValueLayout.JAVA_BYTE, i, (byte) (mask.isPruned(i) ? 1 : 0));
            }
            try (var scope = new Scope()) {
                return scope.out(blob(bytes, sizes(dims), ScalarType.Bool).clone());
            }
        }
    }

    private static Tensor blob(MemorySegment bytes, dev.coppice.ir.Tensor like) {
        return blob(bytes, sizes(like.dims()), Precision.stored(like.type()));
    }

    private static Tensor blob(MemorySegment bytes, long[] sizes, ScalarType type) {
        if (LongStream.of(sizes).anyMatch(size -> size == 0)) {
            return torch.empty(sizes, new TensorOptions(type), new MemoryFormatOptional());
        }
        return torch.from_blob(new Address(bytes), sizes, new TensorOptions(type));
    }

    /** Returns a tensor of the given sizes with {@code values}, of type {@code type}. */
    static Tensor of(double[] values, ScalarType type, long... sizes) {
        try (var scope = new Scope();
                var arena = Arena.ofConfined()) {
            var bytes = arena.allocateFrom(ValueLayout.JAVA_DOUBLE, values);
            return scope.out(blob(bytes, sizes, ScalarType.Double).to(type, false, true, new MemoryFormatOptional()));
        }
    }

    /** Returns a copy of a tensor's elements, row-major, in memory of its own. */
    public static dev.coppice.ir.Tensor toHost(String name, Tensor tensor) {
        return copyTo(name, tensor, Arena.ofAuto().allocate(tensor.nbytes(), Long.BYTES));
    }

    /** Returns a copy of a tensor's elements, row-major, in the memory given, which has as many bytes. */
    public static dev.coppice.ir.Tensor copyTo(String name, Tensor tensor, MemorySegment memory) {
        try (var _ = new Scope()) {
            memory.copyFrom(segment(tensor.detach().contiguous()));
            return dev.coppice.ir.Tensor.of(
                    name, Precision.onnx(tensor.scalar_type().intern()), dims(tensor), new TensorData.Bytes(memory));
        }
    }

    /** Returns the memory of a contiguous tensor; it must not be used after the tensor is gone. */
    @SuppressWarnings("restricted") // the size is libtorch's own
    public static MemorySegment segment(Tensor contiguous) {
        if (contiguous.numel() == 0) {
            return MemorySegment.NULL;
        }
        return MemorySegment.ofAddress(contiguous.data_ptr().address()).reinterpret(contiguous.nbytes());
    }

    static long[] sizes(List<Long> dims) {
        return dims.stream().mapToLong(Long::longValue).toArray();
    }

    static List<Long> dims(Tensor tensor) {
        return LongStream.range(0, tensor.dim()).map(tensor::size).boxed().toList();
    }

    /** Returns the elements of an integer or boolean tensor. */
    static long[] longs(Tensor tensor) {
        try (var _ = new Scope()) {
            var plain = tensor.to(ScalarType.Long).contiguous();
            return segment(plain).toArray(ValueLayout.JAVA_LONG);
        }
    }

    /** Returns the elements of a floating-point tensor, row-major. */
    public static double[] doubles(Tensor tensor) {
        try (var _ = new Scope()) {
            var plain = tensor.detach().to(ScalarType.Double).contiguous();
            return segment(plain).toArray(ValueLayout.JAVA_DOUBLE);
        }
    }

    static DType type(Tensor tensor) {
        return Precision.onnx(tensor.scalar_type().intern());
    }
}
