package dev.coppice.ir;

import java.util.List;

/**
 * A constant: a name (may be empty inside an attribute), an element type, static dimensions and the elements.
 * Immutable; the elements stay where they are (usually in the mapped model file) and are read through {@link Elements}.
 *
 * @param dims sizes, outermost first; empty for a scalar
 */
public record Tensor(String name, DType type, List<Long> dims, TensorData data, Carried carried) {

    public Tensor {
        dims = List.copyOf(dims);
    }

    public static Tensor of(String name, DType type, List<Long> dims, TensorData data) {
        return new Tensor(name, type, dims, data, Carried.NOTHING);
    }

    /** Returns the number of elements; the reader has checked that the product fits. */
    public long size() {
        return dims.stream().reduce(1L, Math::multiplyExact);
    }

    /** Returns the bytes that the elements occupy when stored densely; 0 for strings. */
    public long byteSize() {
        return type.bytes(size());
    }

    public Shape shape() {
        return Shape.of(dims);
    }

    public Tensor withName(String newName) {
        return new Tensor(newName, type, dims, data, carried);
    }

    public Tensor withData(TensorData newData) {
        return new Tensor(name, type, dims, newData, carried);
    }

    /** Returns this tensor with zeros where the mask prunes; nothing is copied. Masks add up. */
    public Tensor masked(Mask mask) {
        if (mask.size() != size()) {
            throw new IllegalArgumentException("a mask of " + mask.size() + " for " + name + " of " + size());
        }
        return switch (data) {
            case TensorData.Masked(var base, var earlier) -> withData(new TensorData.Masked(base, earlier.or(mask)));
            case TensorData.Bytes _, TensorData.External _ -> withData(new TensorData.Masked(data, mask));
            case TensorData.Strings _ -> throw new IllegalArgumentException("strings cannot be masked: " + name);
        };
    }
}
