package dev.coppice.prune.allocate;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Makes whole numbers of shares, exactly. */
public final class Counts {

    private Counts() {}

    /** Returns {@code share * total} rounded half up, computed on the decimal digits of the share: .285 of 100 is 29. */
    public static long roundHalfUp(double share, long total) {
        double product = share * total;
        // The share's digits and the product are rounded: off by less than a part in 2^51, which matters beside a half
        // only. Most
        // products are not, and loading BigDecimal takes 25 ms.
        if (Math.abs(product - Math.floor(product) - 0.5) > product * 0x1p-51) {
            return Math.round(product);
        }
        return BigDecimal.valueOf(share)
                .multiply(BigDecimal.valueOf(total))
                .setScale(0, RoundingMode.HALF_UP)
                .longValueExact();
    }

    /**
     * Rounds quotas to whole numbers of the given sum by the largest remainders, the earlier first among equals.
     *
     * @param quotas not negative; they sum up to {@code total} but for rounding errors
     * @param most the greatest number allowed at each place; their sum is at least {@code total}
     */
    public static long[] largestRemainders(double[] quotas, long[] most, long total) {
        var counts = new long[quotas.length];
        long left = total;
        for (int i = 0; i < quotas.length; i++) {
            counts[i] = Math.min(most[i], (long) quotas[i]);
            left -= counts[i];
        }
        var byRemainder = IntStream.range(0, quotas.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> (long) quotas[i] - quotas[i]))
                .toList();
        while (left != 0) {
            // One round nearly always does; quotas whose rounding errors add up to more than one take another.
            for (int i : byRemainder) {
                if (left > 0 && counts[i] < most[i]) {
                    counts[i]++;
                    left--;
                } else if (left < 0 && counts[i] > 0) {
                    counts[i]--;
                    left++;
                }
            }
        }
        return counts;
    }
}
