package dev.coppice.ir.eval;

/** The elements that Slice takes of one axis: {@code start, start + step, ...}, {@code count} of them. */
public record SliceRange(long start, long count) {

    /**
     * Clamps a slice to an axis of {@code size} elements, by the rules of ONNX: negative positions count from the end, positions
     * beyond either end stand for that end.
     *
     * @param step not 0
     */
    public static SliceRange of(long start, long end, long step, long size) {
        long low = step > 0 ? 0 : -1;
        long high = step > 0 ? size : size - 1;
        long from = Math.clamp(start < 0 ? start + size : start, step > 0 ? 0 : Math.min(0, high), Math.max(0, high));
        long to = Math.clamp(end < 0 ? end + size : end, low, Math.max(low, high));
        long distance = step > 0 ? to - from : from - to;
        // Unsigned, for the step Long.MIN_VALUE has no positive counterpart.
        long count = distance <= 0 ? 0 : 1 + Long.divideUnsigned(distance - 1, Math.abs(step));
        return new SliceRange(from, size == 0 ? 0 : count);
    }
}
