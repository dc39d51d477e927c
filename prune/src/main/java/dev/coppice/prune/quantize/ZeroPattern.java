package dev.coppice.prune.quantize;

import dev.coppice.ir.Elements;
import java.lang.foreign.ValueLayout;

/** The N:M pattern of the zeros in a quantized weight: at least N of every M weights along the reduction axis are zero ({@link dev.coppice.prune.pattern.Pattern.NofM}). */
public final class ZeroPattern {

    private static final int[] LENGTHS = {4, 8};

    private ZeroPattern() {}

    /** Returns the pattern as users write it, such as {@code 2:4}; empty when fewer than half of every group are zero. */
    public static String of(QuantizedWeights.Stored stored) {
        if (stored.matrix().isEmpty() || stored.zeroPoint().isEmpty()) {
            return "";
        }
        var matrix = stored.matrix().get();
        var rows = matrix.rows().offsets();
        var columns = matrix.columns().offsets();
        for (int length : LENGTHS) {
            if (matrix.channels() < length) {
                continue;
            }
            int fewest = length;
            for (long row : rows) {
                fewest = Math.min(fewest, fewestOfRow(stored, matrix.weight().offset() + row, columns, length));
                if (2 * fewest < length) {
                    break;
                }
            }
            if (2 * fewest >= length) {
                return fewest + ":" + length;
            }
        }
        return "";
    }

    /** Returns the number of zeros in the group of a row that has the fewest; the rest behind the last whole group belongs to none. */
    private static int fewestOfRow(QuantizedWeights.Stored stored, long from, long[] columns, int length) {
        var bytes = Elements.bytes(stored.source());
        byte zero = stored.zeroPoint().orElseThrow().byteValue();
        int channels = stored.matrix().orElseThrow().channels();
        int places = columns.length / channels;
        int fewest = length;
        for (int place = 0; place < places; place++) {
            for (int c = 0; c + length <= channels && 2 * fewest >= length; c += length) {
                int zeros = 0;
                for (int i = c; i < c + length; i++) {
                    zeros += bytes.get(ValueLayout.JAVA_BYTE, from + columns[i * places + place]) == zero ? 1 : 0;
                }
                fewest = Math.min(fewest, zeros);
            }
        }
        return fewest;
    }
}
