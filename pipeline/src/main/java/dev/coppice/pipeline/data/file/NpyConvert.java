package dev.coppice.pipeline.data.file;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.DType;
import java.nio.ByteBuffer;

/**
 * Converts array elements to a model's input type: between floating-point types, and between integer types where the value fits. What is
 * no number is refused, but for the minus infinity of additive attention masks, whose other elements are zero.
 */
public final class NpyConvert {

    private final NpyStream stream;
    private final DType type;
    private final long firstRow;
    private final int rowSize;
    private int done;
    private int masked = -1;
    private boolean onlyZeros = true;

    /**
     * Prepares for some rows of an array.
     *
     * @param type the type wanted
     * @param firstRow number of the first row, for messages
     * @param rowSize elements of a row
     */
    NpyConvert(NpyStream stream, DType type, long firstRow, int rowSize) {
        this.stream = stream;
        this.type = type;
        this.firstRow = firstRow;
        this.rowSize = rowSize;
        if (isFloat() != stream.type().isFloating()) {
            throw new BadInputException(
                    stream.where() + " is " + stream.type().descr() + ", the model's input is " + type,
                    "convert it before saving: x.astype(...)");
        }
    }

    private boolean isFloat() {
        return type == DType.FLOAT || type == DType.DOUBLE || type == DType.FLOAT16;
    }

    /** Moves all elements from {@code bytes} to {@code target}. */
    void all(ByteBuffer bytes, ByteBuffer target) {
        boolean floats = isFloat();
        for (; bytes.hasRemaining(); done++) {
            if (floats) {
                putFloat(stream.type().nextDouble(bytes), target);
            } else {
                putLong(stream.type().nextLong(bytes), target);
            }
        }
        if (masked >= 0 && !onlyZeros) {
            throw noNumber(masked, Double.NEGATIVE_INFINITY);
        }
    }

    private void putFloat(double value, ByteBuffer target) {
        if (Double.isFinite(value)) {
            onlyZeros &= value == 0;
            double held = type == DType.FLOAT ? (float) value : type == DType.DOUBLE ? value : half(value);
            if (!Double.isFinite(held)) {
                throw misfit(Double.toString(value));
            }
        } else if (value == Double.NEGATIVE_INFINITY) {
            masked = masked < 0 ? done : masked;
        } else {
            throw noNumber(done, value);
        }
        putDouble(value, type, target);
    }

    private static double half(double value) {
        return Float.float16ToFloat(Float.floatToFloat16((float) value));
    }

    private long row(int element) {
        return firstRow + element / Math.max(1, rowSize);
    }

    private BadInputException noNumber(int element, double value) {
        return new BadInputException(
                stream.where() + " has " + (Double.isNaN(value) ? "NaN" : value > 0 ? "infinity" : "-infinity")
                        + " in row " + row(element) + ", element " + element % Math.max(1, rowSize),
                "rows are counted from 0; take the sample out, or fill it in: numpy.nan_to_num");
    }

    /** Encodes a number in a floating-point type, rounding to nearest where it is narrower. */
    public static void putDouble(double value, DType type, ByteBuffer target) {
        if (type == DType.FLOAT) {
            target.putFloat((float) value);
        } else if (type == DType.DOUBLE) {
            target.putDouble(value);
        } else {
            target.putShort(Float.floatToFloat16((float) value));
        }
    }

    private void putLong(long value, ByteBuffer target) {
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
            throw misfit(stream.type() == NpyType.U8 ? Long.toUnsignedString(value) : Long.toString(value));
        }
        switch (type.bits()) {
            case 64 -> target.putLong(value);
            case 32 -> target.putInt((int) value);
            case 16 -> target.putShort((short) value);
            default -> target.put((byte) value);
        }
    }

    private BadInputException misfit(String value) {
        return new BadInputException(
                stream.where() + " has the value " + value + " in row " + row(done) + ", which does not fit into "
                        + type,
                "rows are counted from 0; check the array");
    }
}
