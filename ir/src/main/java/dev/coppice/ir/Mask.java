package dev.coppice.ir;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Says which elements of a tensor, counted in storage order, are pruned; one bit an element. */
public final class Mask {

    private final long size;
    private final long[] pruned;

    /** Makes a mask of {@code size} elements that prunes none. */
    public Mask(long size) {
        this.size = size;
        this.pruned = new long[Math.toIntExact(Math.ceilDiv(size, (long) Long.SIZE))];
    }

    public long size() {
        return size;
    }

    /** Marks element {@code i} as pruned. Not thread-safe for elements of one group of 64. */
    public void prune(long i) {
        pruned[(int) (i >>> 6)] |= 1L << i;
    }

    public boolean isPruned(long i) {
        return (pruned[(int) (i >>> 6)] & 1L << i) != 0;
    }

    /** Returns the bits of elements {@code 64 * word .. 64 * word + 63}, lowest first; a set bit is a pruned element. */
    public long word(int word) {
        return pruned[word];
    }

    /** Sets the bits of elements {@code 64 * word .. 64 * word + 63}; bits beyond {@link #size} must be zero. */
    public void word(int word, long bits) {
        pruned[word] = bits;
    }

    public int words() {
        return pruned.length;
    }

    /** Returns how many elements are pruned. */
    public long count() {
        long count = 0;
        for (long word : pruned) {
            count += Long.bitCount(word);
        }
        return count;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Mask mask && mask.size == size && Arrays.equals(mask.pruned, pruned);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(pruned);
    }

    /** Returns a mask that prunes what this or the other one prunes. */
    public Mask or(Mask other) {
        if (other.size != size) {
            throw new IllegalArgumentException("masks of " + size + " and " + other.size + " elements");
        }
        var union = new Mask(size);
        for (int i = 0; i < pruned.length; i++) {
            union.pruned[i] = pruned[i] | other.pruned[i];
        }
        return union;
    }
}
