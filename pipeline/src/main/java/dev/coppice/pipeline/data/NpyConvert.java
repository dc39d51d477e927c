package dev.coppice.pipeline.data;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.DType;
import java.nio.ByteBuffer;

/** Converts array elements to a model's input type: between floating-point types, and between integer types where the value fits. */
final class NpyConvert {

    private NpyConvert() {}

    /** Moves one element from {@code bytes} to {@code target}. */
    static void next(NpyStream stream, ByteBuffer bytes, DType type, ByteBuffer target) {
        boolean wantsFloat = type == DType.FLOAT || type == DType.DOUBLE || type == DType.FLOAT16;
        if (wantsFloat != stream.type().isFloating()) {
            throw new BadInputException(
                    stream.where() + " is " + stream.type().descr() + ", the model's input is " + type,
                    "convert it before saving: x.astype(...)");
        }
        if (wantsFloat) {
            putDouble(stream.type().nextDouble(bytes), type, target);
        } else {
            putLong(stream.type().nextLong(bytes), stream, type, target);
        }
    }

    /** Encodes a number in a floating-point type, rounding to nearest where it is narrower. */
    static void putDouble(double value, DType type, ByteBuffer target) {
        if (type == DType.FLOAT) {
            target.putFloat((float) value);
        } else if (type == DType.DOUBLE) {
            target.putDouble(value);
        } else {
            target.putShort(Float.floatToFloat16((float) value));
        }
    }

    private static void putLong(long value, NpyStream stream, DType type, ByteBuffer target) {
        boolean fits = switch (type) {
            case INT64 -> stream.type() != NpyType.U8 || value >= 0;
            case INT32 -> value == (int) value;
            case INT16 -> value == (short) value;
            case INT8 -> value == (byte) value;
            case UINT8 -> value == (value & 0xff);
            case BOOL -> value == 0 || value == 1;
            default -> false;
        };
        if (!fits) {
            throw new BadInputException(
                    stream.where() + " has the value " + value + ", which does not fit the model's input of type "
                            + type,
                    "check the array");
        }
        switch (type.bits()) {
            case 64 -> target.putLong(value);
            case 32 -> target.putInt((int) value);
            case 16 -> target.putShort((short) value);
            default -> target.put((byte) value);
        }
    }
}
