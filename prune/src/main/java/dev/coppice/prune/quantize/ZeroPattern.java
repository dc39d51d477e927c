package dev.coppice.prune.quantize;

import dev.coppice.ir.Elements;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The N:M pattern of the zeros in a quantized weight: at least N of every M contiguous weights along the reduction axis are zero. */
public final class ZeroPattern {

    private static final int[] LENGTHS = {4, 8};

    private ZeroPattern() {}

    /** Returns the pattern as users write it, such as {@code 2:4}; empty when fewer than half of every group are zero. */
    public static String of(QuantizedWeights.Stored stored) {
        if (stored.matrix().isEmpty() || stored.zeroPoint().isEmpty()) {
            return "";
        }
        var bytes = Elements.bytes(stored.source());
        byte zero = stored.zeroPoint().get().byteValue();
        var matrix = stored.matrix().get();
        var rows = matrix.rows().offsets();
        var columns = matrix.columns().offsets();
        for (int length : LENGTHS) {
            if (columns.length < length) {
                continue;
            }
            int fewest = length;
            for (long row : rows) {
                // The rest at the end of a row belongs to no group.
                for (int c = 0; c + length <= columns.length && 2 * fewest >= length; c += length) {
                    fewest = Math.min(fewest, zeros(bytes, zero, matrix.weight().offset() + row, columns, c, length));
                }
            }
            if (2 * fewest >= length) {
                return fewest + ":" + length;
            }
        }
        return "";
    }

    private static int zeros(MemorySegment bytes, byte zero, long from, long[] columns, int first, int length) {
        int zeros = 0;
        for (int c = first; c < first + length; c++) {
            zeros += bytes.get(ValueLayout.JAVA_BYTE, from + columns[c]) == zero ? 1 : 0;
        }
        return zeros;
    }
}
