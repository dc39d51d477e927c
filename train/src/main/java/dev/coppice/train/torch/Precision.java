package dev.coppice.train.torch;

import dev.coppice.ir.DType;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The type that floating-point numbers are computed in. Narrower ones are widened; narrowing is left to whoever saves. */
public enum Precision {
    /** float32; values that the model declares as float64 stay so. */
    FLOAT32(ScalarType.Float),
    /** float64 for everything: to check gradients by finite differences. */
    FLOAT64(ScalarType.Double);

    private final ScalarType floating;

    Precision(ScalarType floating) {
        this.floating = floating;
    }

    /** Returns the type that elements of type {@code type} have while computing, or throws for one that libtorch lacks. */
    public ScalarType of(DType type) {
        return switch (type) {
            case FLOAT, FLOAT16, BFLOAT16 -> floating;
            case DOUBLE -> ScalarType.Double;
            default -> stored(type);
        };
    }

    /** Returns libtorch's name of a storage type; throws {@link UnsupportedOperationException} when there is none. */
    static ScalarType stored(DType type) {
        return switch (type) {
            case FLOAT -> ScalarType.Float;
            case FLOAT16 -> ScalarType.Half;
            case BFLOAT16 -> ScalarType.BFloat16;
            case DOUBLE -> ScalarType.Double;
            case INT64 -> ScalarType.Long;
            case INT32 -> ScalarType.Int;
            case INT16 -> ScalarType.Short;
            case INT8 -> ScalarType.Char;
            case UINT8 -> ScalarType.Byte;
            case BOOL -> ScalarType.Bool;
            default -> throw new UnsupportedOperationException("libtorch does not compute with " + type);
        };
    }

    /** Returns the ONNX type of libtorch's type. */
    static DType onnx(ScalarType type) {
        for (var candidate : DType.values()) {
            if (candidate.bits() >= 8 && isStored(candidate) && stored(candidate) == type) {
                return candidate;
            }
        }
        throw new UnsupportedOperationException("no ONNX type for " + type);
    }

    private static boolean isStored(DType type) {
        return switch (type) {
            case FLOAT, FLOAT16, BFLOAT16, DOUBLE, INT64, INT32, INT16, INT8, UINT8, BOOL -> true;
            default -> false;
        };
    }
}
