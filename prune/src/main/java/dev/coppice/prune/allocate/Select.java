package dev.coppice.prune.allocate;

import java.util.Arrays;

/** Finds the value of a given rank in an array by partitioning (Hoare 1961, Find). */
final class Select {

    /** Ranges this short are sorted. */
    private static final int SHORT = 24;

    private Select() {}

    /**
     * Rearranges {@code values[0, size)} so that {@code values[rank]} is what it would be if they were sorted, with none greater before
     * it; returns it.
     *
     * @param values no NaN
     */
    static double rank(double[] values, int size, int rank) {
        int low = 0;
        int high = size - 1;
        // Partitions that shrink badly are given up for a sort, which bounds the work.
        for (int rounds = 4 * (Integer.SIZE - Integer.numberOfLeadingZeros(size));
                high - low > SHORT && rounds > 0;
                rounds--) {
            double pivot = median(values[low], values[(low + high) >>> 1], values[high]);
            int i = low;
            int j = high;
            while (i <= j) {
                while (values[i] < pivot) {
                    i++;
                }
                while (values[j] > pivot) {
                    j--;
                }
                if (i <= j) {
                    double swapped = values[i];
                    values[i++] = values[j];
                    values[j--] = swapped;
                }
            }
            if (rank <= j) {
                high = j;
            } else if (rank >= i) {
                low = i;
            } else {
                return values[rank];
            }
        }
        Arrays.sort(values, low, high + 1);
        return values[rank];
    }

    private static double median(double a, double b, double c) {
        return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    }
}
