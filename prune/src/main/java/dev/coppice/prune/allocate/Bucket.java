package dev.coppice.prune.allocate;

/**
 * Where a threshold lies: all units whose key is below {@code low} go, and of those whose key is in
 * {@code [low, low + 2^shift)} the lowest {@code missing}. With shift 0 these are ties, and the first ones go.
 */
record Bucket(long low, int shift, long missing) {

    /** Returns the highest key of the bucket. */
    long high() {
        return low + (1L << shift) - 1;
    }

    /** Says whether all keys of the bucket are equal. */
    boolean isExact() {
        return shift == 0;
    }
}
