package dev.coppice.prune.allocate;

import dev.coppice.prune.pattern.Scratch;
import dev.coppice.prune.score.UnitKeys;
import java.util.Arrays;
import java.util.List;

/**
 * Finds the threshold below which a given number of units lies, in linear time: a histogram of the keys' highest bits tells
 * which few keys can be the threshold, and those are looked at again.
 */
final class RadixSelect {

    /** From this many keys on, wider digits are worth their larger histogram. */
    private static final long MANY = 1 << 20;

    /** So few keys are gathered, whatever their share. */
    private static final long FEW = 1 << 12;

    /** Keys are gathered once they are at most one in this many: less memory than an eighth of float32 weights. */
    private static final int RARE = 16;

    private final List<UnitKeys> pool;
    private final boolean weighted;
    private final Parallel parallel;

    /** @param weighted whether the sought number is one of weights and units differ in size */
    RadixSelect(List<UnitKeys> pool, boolean weighted, Parallel parallel) {
        this.pool = pool;
        this.weighted = weighted;
        this.parallel = parallel;
    }

    /**
     * Returns the threshold of the lowest units that sum up to at least {@code target}. For an unweighted pool the ties are those that
     * make up {@code target} exactly; for a weighted one they are the weights that are still missing.
     *
     * @param target at least 1 and at most what the pool holds
     */
    Threshold find(long target) {
        var keys = pool;
        long total = pool.stream().mapToLong(UnitKeys::units).sum();
        int digitBits = total < MANY ? 13 : 16;
        var digit = Histogram.Digit.first(pool.getFirst().keyBits(), digitBits);
        long missing = target;
        boolean gathered = weighted;
        while (true) {
            var counts = Histogram.of(new Pieces(keys), digit, weighted, parallel);
            if (digit.prefix() < 0) {
                requireFinite(counts, digit.shift());
            }
            int value = 0;
            while (counts[value] < missing) {
                missing -= counts[value++];
            }
            if (digit.shift() == 0) {
                return new Threshold(digit.prefixWith(value), missing);
            }
            if (!gathered && counts[value] <= Math.max(FEW, total / RARE)) {
                keys = List.of(gather(digit, value, (int) counts[value]));
                gathered = true;
            }
            digit = digit.next(value, digitBits);
        }
    }

    private void requireFinite(long[] counts, int shift) {
        int infinity = (int) (pool.getFirst().infinity() >>> shift);
        if (Arrays.stream(counts, infinity, counts.length).allMatch(count -> count == 0)) {
            return;
        }
        var scratch = new Scratch();
        for (var units : pool) {
            var keys = new long[units.pieceUnits()];
            for (int piece = 0; piece < units.pieces(); piece++) {
                int count = units.read(piece, keys, scratch);
                if (Arrays.stream(keys, 0, count).anyMatch(key -> key >= units.infinity())) {
                    throw units.nonFinite();
                }
            }
        }
    }

    /** Returns the keys that begin with the given digits, from all weights, in no particular order. */
    private ArrayKeys gather(Histogram.Digit digit, int value, int expected) {
        var pieces = new Pieces(pool);
        var workers = parallel.forEach(
                pieces.count(), () -> new Gatherer(pieces, digit.shift(), digit.prefixWith(value), expected / parallel.threads()));
        var all = new long[expected];
        int count = 0;
        for (var worker : workers) {
            System.arraycopy(worker.found, 0, all, count, worker.count);
            count += worker.count;
        }
        return new ArrayKeys(pool.getFirst(), all, count, pool.getFirst().keyBits());
    }

    private static final class Gatherer implements Parallel.Worker {

        private final Pieces pieces;
        private final int shift;
        private final long prefix;
        private final long[] keys;
        private final Scratch scratch = new Scratch();
        private long[] found;
        private int count;

        Gatherer(Pieces pieces, int shift, long prefix, int expected) {
            this.pieces = pieces;
            this.shift = shift;
            this.prefix = prefix;
            this.keys = new long[pieces.most()];
            this.found = new long[expected + keys.length];
        }

        @Override
        public void run(int task) {
            int n = pieces.keys(task).read(pieces.piece(task), keys, scratch);
            if (found.length - count < n) {
                found = Arrays.copyOf(found, found.length * 2 + n);
            }
            count = filter(keys, n, shift, prefix, found, count);
        }

        private static int filter(long[] keys, int n, int shift, long prefix, long[] found, int count) {
            int end = count;
            for (int i = 0; i < n; i++) {
                if (keys[i] >>> shift == prefix) {
                    found[end++] = keys[i];
                }
            }
            return end;
        }
    }
}
