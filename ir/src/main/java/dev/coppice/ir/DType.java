package dev.coppice.ir;

/** The element types of ONNX tensors, with their codes in the format and their width in bits. */
public enum DType {
    FLOAT(1, 32),
    UINT8(2, 8),
    INT8(3, 8),
    UINT16(4, 16),
    INT16(5, 16),
    INT32(6, 32),
    INT64(7, 64),
    STRING(8, 0),
    BOOL(9, 8),
    FLOAT16(10, 16),
    DOUBLE(11, 64),
    UINT32(12, 32),
    UINT64(13, 64),
    COMPLEX64(14, 64),
    COMPLEX128(15, 128),
    BFLOAT16(16, 16),
    FLOAT8E4M3FN(17, 8),
    FLOAT8E4M3FNUZ(18, 8),
    FLOAT8E5M2(19, 8),
    FLOAT8E5M2FNUZ(20, 8),
    UINT4(21, 4),
    INT4(22, 4),
    FLOAT4E2M1(23, 4),
    FLOAT8E8M0(24, 8),
    UINT2(25, 2),
    INT2(26, 2);

    private static final DType[] BY_CODE = new DType[27];

    static {
        for (var type : values()) {
            BY_CODE[type.code] = type;
        }
    }

    private final int code;
    private final int bits;

    DType(int code, int bits) {
        this.code = code;
        this.bits = bits;
    }

    /** Returns the type's number in the ONNX format ({@code TensorProto.DataType}). */
    public int code() {
        return code;
    }

    /** Returns the width of one element in bits; 0 for strings. */
    public int bits() {
        return bits;
    }

    /** Returns the bytes that {@code count} elements occupy, packed where an element is narrower than a byte. */
    public long bytes(long count) {
        return Math.ceilDiv(Math.multiplyExact(count, bits), 8L);
    }

    /** Says whether Coppice can score and prune tensors of this type. */
    public boolean prunable() {
        return switch (this) {
            case FLOAT, FLOAT16, BFLOAT16, DOUBLE -> true;
            default -> false;
        };
    }

    /** Says whether elements are integers of whole bytes, the kinds that shape arithmetic uses. */
    public boolean integral() {
        return switch (this) {
            case INT64, INT32, INT16, INT8, UINT64, UINT32, UINT16, UINT8, BOOL -> true;
            default -> false;
        };
    }

    /** Returns the type of an ONNX code, or throws {@link BadModelException} for a code unknown to this version. */
    public static DType ofCode(long code) {
        if (code > 0 && code < BY_CODE.length) {
            return BY_CODE[(int) code];
        }
        throw new BadModelException(
                "unknown tensor element type " + code, "element types 1 to 26 (ONNX 1.20) are understood");
    }
}
