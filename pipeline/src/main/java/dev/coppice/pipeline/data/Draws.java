package dev.coppice.pipeline.data;

/**
 * Random numbers that depend on a key alone, so that any sample of any epoch can be drawn without those before it: SplitMix64
 * (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014) started from a hash of the key.
 */
final class Draws {

    /** 2^64 divided by the golden ratio, made odd. */
    private static final long GAMMA = 0x9e3779b97f4a7c15L;

    private long state;

    private Draws(long state) {
        this.state = state;
    }

    /** Returns the numbers of a key, such as (seed, epoch, sample). */
    static Draws of(long... key) {
        long state = key.length;
        for (long part : key) {
            state = mix(state + GAMMA) ^ part;
        }
        return new Draws(mix(state));
    }

    private static long mix(long z) {
        long first = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        long second = (first ^ (first >>> 27)) * 0x94d049bb133111ebL;
        return second ^ (second >>> 31);
    }

    /** Returns a number from 0 to below {@code bound}; the probabilities differ by less than bound / 2^32. */
    int below(int bound) {
        state += GAMMA;
        return (int) (((mix(state) >>> 32) * bound) >>> 32);
    }

    /** Returns the numbers from 0 to below {@code count} in random order (Fisher and Yates). */
    int[] permutation(int count) {
        var order = new int[count];
        for (int i = 0; i < count; i++) {
            int other = below(i + 1);
            order[i] = order[other];
            order[other] = i;
        }
        return order;
    }
}
