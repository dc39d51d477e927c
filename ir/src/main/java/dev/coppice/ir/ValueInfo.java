package dev.coppice.ir;

import org.jspecify.annotations.Nullable;

/**
 * A value's name and what is declared of its type.
 *
 * @param type element type; null when unknown or when the value is no tensor (sequence, map, optional, ...)
 * @param shape null when the rank is unknown
 * @param carried documentation and metadata; for a value that is no tensor also its whole type
 */
public record ValueInfo(
        String name, @Nullable DType type, @Nullable Shape shape, Carried carried) {

    public static ValueInfo of(String name, DType type, @Nullable Shape shape) {
        return new ValueInfo(name, type, shape, Carried.NOTHING);
    }
}
