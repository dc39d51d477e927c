package dev.coppice.pipeline.evidence;

/** Counts magnitudes in buckets that are 1/256 of their size wide, however many come: half a megabyte. */
final class MagnitudeHistogram {

    /** Bits of a float that are dropped: 8 of exponent and 8 of mantissa stay. */
    private static final int DROPPED = 15;

    private final long[] counts = new long[(Integer.MAX_VALUE >>> DROPPED) + 1];
    private long total;
    private long zeros;

    void add(float value) {
        int bits = Float.floatToRawIntBits(value) & Integer.MAX_VALUE;
        counts[bits >>> DROPPED]++;
        total++;
        zeros += bits == 0 ? 1 : 0;
    }

    long total() {
        return total;
    }

    /** Returns the share of exact zeros. */
    double zeroShare() {
        return total == 0 ? 0 : (double) zeros / total;
    }

    /** Returns the number below which the share of magnitudes is nearest to {@code share}; 0 when that many are zero already. */
    float quantile(double share) {
        long wanted = Math.round(share * total);
        if (wanted <= zeros) {
            return 0;
        }
        long below = 0;
        for (int i = 0; i < counts.length; i++) {
            if (below + counts[i] >= wanted) {
                boolean lower = wanted - below < below + counts[i] - wanted && below > zeros;
                return Float.intBitsToFloat((lower ? i : i + 1) << DROPPED);
            }
            below += counts[i];
        }
        return Float.MAX_VALUE;
    }
}
