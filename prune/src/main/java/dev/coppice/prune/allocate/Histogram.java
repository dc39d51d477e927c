package dev.coppice.prune.allocate;

import dev.coppice.ir.host.Parallel;
import dev.coppice.prune.pattern.Scratch;
import java.util.List;

/** Counts keys by one digit among those that begin with the same higher digits; for a weighted pool, the weights of their units. */
final class Histogram implements Parallel.Worker {

    private final Pieces pieces;
    private final Digit digit;
    private final boolean weighted;
    private final long[] counts;
    private final long[] keys;
    private final Scratch scratch = new Scratch();

    /**
     * A digit of the keys: {@code bits} bits from bit {@code shift} on.
     *
     * @param prefix what the bits above the digit must be; -1 when there are none
     */
    record Digit(int shift, int bits, long prefix) {

        static Digit first(int keyBits, int digitBits) {
            return new Digit(keyBits - digitBits, digitBits, -1);
        }

        /** Returns the next lower digit of the keys that have {@code value} in this one. */
        Digit next(long value, int digitBits) {
            int bits = Math.min(digitBits, shift);
            return new Digit(shift - bits, bits, prefixWith(value));
        }

        /** Returns the bits of a key down to this digit. */
        long prefixWith(long value) {
            return prefix < 0 ? value : prefix << bits | value;
        }
    }

    private Histogram(Pieces pieces, Digit digit, boolean weighted) {
        this.pieces = pieces;
        this.digit = digit;
        this.weighted = weighted;
        this.counts = new long[1 << digit.bits()];
        this.keys = new long[pieces.most()];
    }

    /** Returns how many units (weights) have each value of the digit. */
    static long[] of(Pieces pieces, Digit digit, boolean weighted, Parallel parallel) {
        List<Histogram> workers = parallel.forEach(pieces.count(), () -> new Histogram(pieces, digit, weighted));
        var sum = workers.getFirst().counts;
        for (var other : workers.subList(1, workers.size())) {
            for (int value = 0; value < sum.length; value++) {
                sum[value] += other.counts[value];
            }
        }
        return sum;
    }

    @Override
    public void run(int task) {
        int count = pieces.keys(task).read(pieces.piece(task), keys, scratch);
        if (weighted) {
            addSizes(task, count);
        } else if (digit.prefix() < 0) {
            countAll(keys, count, digit.shift(), counts);
        } else {
            countPrefixed(keys, count, digit, counts);
        }
    }

    private static void countAll(long[] keys, int count, int shift, long[] counts) {
        for (int i = 0; i < count; i++) {
            counts[(int) (keys[i] >>> shift)]++;
        }
    }

    private static void countPrefixed(long[] keys, int count, Digit digit, long[] counts) {
        int shift = digit.shift();
        int above = shift + digit.bits();
        long prefix = digit.prefix();
        int mask = counts.length - 1;
        for (int i = 0; i < count; i++) {
            if (keys[i] >>> above == prefix) {
                counts[(int) (keys[i] >>> shift) & mask]++;
            }
        }
    }

    private void addSizes(int task, int count) {
        var units = pieces.keys(task);
        long first = units.firstUnit(pieces.piece(task));
        int above = digit.shift() + digit.bits();
        for (int i = 0; i < count; i++) {
            if (digit.prefix() < 0 || keys[i] >>> above == digit.prefix()) {
                counts[(int) (keys[i] >>> digit.shift()) & (counts.length - 1)] += units.size(first + i);
            }
        }
    }
}
