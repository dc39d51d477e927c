package dev.coppice.prune.allocate;

import dev.coppice.ir.host.Parallel;
import dev.coppice.prune.pattern.Scratch;
import dev.coppice.prune.score.UnitKeys;
import java.util.Arrays;
import java.util.List;

/**
 * Finds the threshold below which a given number of units lies, in linear time: a histogram of the keys' highest bits tells
 * which few keys can be the threshold; when they are not few, a histogram of their next bits tells more.
 */
final class RadixSelect {

    /** From this many narrow keys on, wider digits are worth their larger histogram; wide keys spend three bits more on the exponent. */
    private static final long MANY = 1 << 20;

    /** A bucket is narrow enough when it holds at most one key in this many: less memory than an eighth of float32 weights. */
    private static final int RARE = 32;

    /** So few keys are always narrow enough. */
    private static final long FEW = 1 << 12;

    private final List<UnitKeys> pool;
    private final Parallel parallel;

    /** @param pool keys of one width */
    RadixSelect(List<UnitKeys> pool, Parallel parallel) {
        this.pool = pool;
        this.parallel = parallel;
    }

    /** Returns a bucket of few keys, or of equal ones, that contains the threshold of the {@code count} lowest units; at least 1. */
    Bucket narrow(long count) {
        long total = pool.stream().mapToLong(UnitKeys::units).sum();
        return find(count, false, Math.max(FEW, total / RARE));
    }

    /** Returns the threshold of the {@code count} lowest units, at least 1. */
    Bucket exact(long count) {
        return find(count, false, 0);
    }

    /** Returns the threshold of the lowest units that have {@code weights} weights, at least 1; what is missing counts weights. */
    Bucket exactOfWeights(long weights) {
        return find(weights, true, 0);
    }

    private Bucket find(long target, boolean weighted, long few) {
        long total = pool.stream().mapToLong(UnitKeys::units).sum();
        int digitBits = total < MANY && pool.getFirst().keyBits() == 31 ? 14 : 16;
        var pieces = new Pieces(pool);
        var digit = Histogram.Digit.first(pool.getFirst().keyBits(), digitBits);
        long missing = target;
        while (true) {
            var counts = Histogram.of(pieces, digit, weighted, parallel);
            if (digit.prefix() < 0) {
                requireFinite(counts, digit.shift());
            }
            int value = 0;
            while (counts[value] < missing) {
                missing -= counts[value++];
            }
            if (digit.shift() == 0 || counts[value] <= few) {
                return new Bucket(digit.prefixWith(value) << digit.shift(), digit.shift(), missing);
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
}
