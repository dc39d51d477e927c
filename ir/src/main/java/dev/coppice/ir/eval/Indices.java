package dev.coppice.ir.eval;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Positions of elements in row-major storage. A map lists, for each element of a result, the position it is taken from. */
final class Indices {

    private Indices() {}

    static int[] sizes(List<Long> dims) {
        return dims.stream().mapToInt(Math::toIntExact).toArray();
    }

    static List<Long> dims(int[] sizes) {
        return Arrays.stream(sizes).mapToObj(s -> (long) s).toList();
    }

    static int product(int[] sizes, int from, int to) {
        int product = 1;
        for (int i = from; i < to; i++) {
            product = Math.multiplyExact(product, sizes[i]);
        }
        return product;
    }

    static int product(int[] sizes) {
        return product(sizes, 0, sizes.length);
    }

    static int[] strides(int[] sizes) {
        var strides = new int[sizes.length];
        int stride = 1;
        for (int i = sizes.length - 1; i >= 0; i--) {
            strides[i] = stride;
            stride = Math.multiplyExact(stride, Math.max(1, sizes[i]));
        }
        return strides;
    }

    /** Maps element (i0, i1, ...) of a result to position i0 * strides[0] + i1 * strides[1] + ... */
    static int[] strided(int[] sizes, int[] strides) {
        var map = new int[product(sizes)];
        var counter = new int[sizes.length];
        int position = 0;
        for (int i = 0; i < map.length; i++) {
            map[i] = position;
            for (int axis = sizes.length - 1; axis >= 0; axis--) {
                position += strides[axis];
                if (++counter[axis] < sizes[axis]) {
                    break;
                }
                position -= counter[axis] * strides[axis];
                counter[axis] = 0;
            }
        }
        return map;
    }

    /**
     * Maps element (i0, i1, ...) of a result to the source element (coordinates[0][i0], coordinates[1][i1], ...), or to
     * {@code outside} where one of these is negative.
     */
    static int[] perAxis(int[][] coordinates, int[] sourceSizes, int outside) {
        var strides = strides(sourceSizes);
        var map = new int[] {0};
        for (int axis = 0; axis < coordinates.length; axis++) {
            var longer = new int[Math.multiplyExact(map.length, coordinates[axis].length)];
            int next = 0;
            for (int position : map) {
                for (int coordinate : coordinates[axis]) {
                    longer[next++] = position < 0 || coordinate < 0 ? -1 : position + coordinate * strides[axis];
                }
            }
            map = longer;
        }
        for (int i = 0; i < map.length; i++) {
            map[i] = map[i] < 0 ? outside : map[i];
        }
        return map;
    }

    /** Returns the sizes of operands broadcast together, or null when they do not fit (NumPy's rule). */
    static int @Nullable [] broadcast(List<int[]> operands) {
        int rank = operands.stream().mapToInt(s -> s.length).max().orElse(0);
        var sizes = new int[rank];
        Arrays.fill(sizes, 1);
        for (var operand : operands) {
            for (int i = 0; i < operand.length; i++) {
                int axis = rank - operand.length + i;
                if (sizes[axis] == 1) {
                    sizes[axis] = operand[i];
                } else if (operand[i] != 1 && operand[i] != sizes[axis]) {
                    return null;
                }
            }
        }
        return sizes;
    }

    /** Maps the elements of a broadcast result to the positions of one operand. */
    static int[] broadcastMap(int[] operand, int[] result) {
        var own = strides(operand);
        var strides = new int[result.length];
        for (int i = 0; i < operand.length; i++) {
            strides[result.length - operand.length + i] = operand[i] == 1 ? 0 : own[i];
        }
        return strided(result, strides);
    }
}
