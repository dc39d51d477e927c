package dev.coppice.prune.allocate;

import dev.coppice.ir.Mask;
import dev.coppice.ir.host.Parallel;
import dev.coppice.prune.pattern.Scratch;
import dev.coppice.prune.score.UnitKeys;
import java.util.List;

/**
 * Picks the units of lowest score from one or more weights in linear time. Ties go to the earlier weight of the pool, in it
 * to the lower unit. All keys of a pool must have the same width.
 */
public final class LowestUnits {

    private LowestUnits() {}

    /**
     * Returns, for each weight of the pool, the mask of its units that are among the {@code count} lowest of all.
     *
     * @throws dev.coppice.ir.BadModelException when a weight of the pool is NaN or infinite; not looked at when {@code count} is 0
     */
    public static List<Mask> masks(List<UnitKeys> pool, long count, Parallel parallel) {
        if (count == 0) {
            return none(pool);
        }
        var keys = CachedKeys.of(pool, parallel);
        return UnitMasks.of(keys, new RadixSelect(keys, parallel).narrow(count), parallel);
    }

    /**
     * Prunes the lowest units one after the other up to a number of weights, which units of several sizes can meet only nearly.
     *
     * @param weights how many weights to prune
     * @param atLeast whether to go on until no fewer are pruned; else the nearest possible number is, the higher of two equally near
     * @throws dev.coppice.ir.BadModelException as {@link #masks}
     */
    public static List<Mask> masksOfWeights(List<UnitKeys> pool, long weights, boolean atLeast, Parallel parallel) {
        if (weights == 0) {
            return none(pool);
        }
        int size = pool.getFirst().size(0);
        if (pool.stream().allMatch(keys -> keys.isEven() && keys.size(0) == size)) {
            return masks(pool, atLeast ? Math.ceilDiv(weights, size) : (2 * weights + size) / (2L * size), parallel);
        }
        var keys = CachedKeys.of(pool, parallel);
        var found = new RadixSelect(keys, parallel).exactOfWeights(weights);
        return UnitMasks.of(keys, new Bucket(found.low(), 0, ties(keys, found, atLeast)), parallel);
    }

    /** Returns how many units that stand at the threshold make up the weights that are missing there. */
    private static long ties(List<UnitKeys> pool, Bucket found, boolean atLeast) {
        long missing = found.missing();
        long ties = 0;
        var scratch = new Scratch();
        for (var units : pool) {
            var keys = new long[units.pieceUnits()];
            for (int piece = 0; piece < units.pieces(); piece++) {
                int count = units.read(piece, keys, scratch);
                for (int i = 0; i < count; i++) {
                    if (keys[i] != found.low()) {
                        continue;
                    }
                    int size = units.size(units.firstUnit(piece) + i);
                    if (missing <= 0 || (!atLeast && size - missing > missing)) {
                        return ties;
                    }
                    missing -= size;
                    ties++;
                }
            }
        }
        return ties;
    }

    private static List<Mask> none(List<UnitKeys> pool) {
        return pool.stream().map(keys -> new Mask(keys.units())).toList();
    }
}
