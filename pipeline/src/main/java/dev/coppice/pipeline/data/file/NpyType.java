package dev.coppice.pipeline.data.file;

import dev.coppice.ir.DType;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The element types of NumPy files that can be read: numbers and booleans. */
enum NpyType {
    F2("<f2", DType.FLOAT16),
    F4("<f4", DType.FLOAT),
    F8("<f8", DType.DOUBLE),
    B1("|b1", DType.BOOL),
    I1("|i1", DType.INT8),
    U1("|u1", DType.UINT8),
    I2("<i2", DType.INT16),
    U2("<u2", DType.UINT16),
    I4("<i4", DType.INT32),
    U4("<u4", DType.UINT32),
    I8("<i8", DType.INT64),
    U8("<u8", DType.UINT64);

    private final String descr;
    private final DType type;

    NpyType(String descr, DType type) {
        this.descr = descr;
        this.type = type;
    }

    /** Returns the type that a file's {@code descr} names, or null. */
    static @Nullable NpyType of(String descr) {
        for (var type : values()) {
            if (type.descr.equals(descr)) {
                return type;
            }
        }
        return null;
    }

    String descr() {
        return descr;
    }

    DType type() {
        return type;
    }

    int bytes() {
        return type.bits() / 8;
    }

    boolean isFloating() {
        return this == F2 || this == F4 || this == F8;
    }

    /** Reads the next element of a floating-point type. */
    double nextDouble(ByteBuffer bytes) {
        return switch (this) {
            case F2 -> Float.float16ToFloat(bytes.getShort());
            case F4 -> bytes.getFloat();
            case F8 -> bytes.getDouble();
            case B1, I1, U1, I2, U2, I4, U4, I8, U8 -> nextLong(bytes);
        };
    }

    /** Reads the next element of an integer type; a floating-point number must be whole. */
    long nextLong(ByteBuffer bytes) {
        return switch (this) {
            case B1, U1 -> Byte.toUnsignedLong(bytes.get());
            case I1 -> bytes.get();
            case I2 -> bytes.getShort();
            case U2 -> Short.toUnsignedLong(bytes.getShort());
            case I4 -> bytes.getInt();
            case U4 -> Integer.toUnsignedLong(bytes.getInt());
            case I8, U8 -> bytes.getLong();
            case F2, F4, F8 -> throw new IllegalStateException(this + " is no integer type");
        };
    }
}
