package dev.coppice.ir.fuzz;

import org.jspecify.annotations.Nullable;

/** The messages of the ONNX format and which of their fields hold messages. */
enum Kind {
    MODEL,
    GRAPH,
    FUNCTION,
    NODE,
    ATTRIBUTE,
    TENSOR,
    SPARSE_TENSOR,
    VALUE_INFO,
    TYPE,
    TENSOR_TYPE,
    SHAPE,
    FLAT;

    /** Returns the kind of message in a field, or null when it holds text, numbers or elements. */
    @Nullable
    Kind in(int field) {
        return switch (this) {
            case MODEL -> field == 7 ? GRAPH : field == 8 ? FLAT : field == 25 ? FUNCTION : null;
            case GRAPH ->
                switch (field) {
                    case 1 -> NODE;
                    case 5 -> TENSOR;
                    case 11, 12, 13 -> VALUE_INFO;
                    case 15 -> SPARSE_TENSOR;
                    default -> null;
                };
            case FUNCTION -> field == 7 ? NODE : null;
            case NODE -> field == 5 ? ATTRIBUTE : null;
            case ATTRIBUTE -> field == 5 ? TENSOR : field == 6 || field == 11 ? GRAPH : null;
            case TENSOR -> field == 13 ? FLAT : null;
            case SPARSE_TENSOR -> field == 1 || field == 2 ? TENSOR : null;
            case VALUE_INFO -> field == 2 ? TYPE : null;
            case TYPE -> field == 1 ? TENSOR_TYPE : null;
            case TENSOR_TYPE -> field == 2 ? SHAPE : null;
            case SHAPE -> field == 1 ? FLAT : null;
            case FLAT -> null;
        };
    }
}
