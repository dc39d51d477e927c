package dev.coppice.prune.allocate;

import dev.coppice.ir.host.Parallel;
import dev.coppice.prune.pattern.Scratch;
import dev.coppice.prune.score.UnitKeys;
import java.util.List;

/** Keys that cost much to compute and little to hold (each stands for many weights), computed once. */
final class CachedKeys implements UnitKeys {

    private final UnitKeys origin;
    private final long[] keys;

    private CachedKeys(UnitKeys origin) {
        this.origin = origin;
        this.keys = new long[Math.toIntExact(origin.units())];
    }

    /** Returns the pool with its costly keys computed. */
    static List<UnitKeys> of(List<UnitKeys> pool, Parallel parallel) {
        var cached = pool.stream()
                .map(keys -> keys.isCostly() ? new CachedKeys(keys) : keys)
                .toList();
        var pieces = new Pieces(
                cached.stream().filter(keys -> keys instanceof CachedKeys).toList());
        parallel.forEach(pieces.count(), () -> {
            var scratch = new Scratch();
            return task -> {
                var keys = (CachedKeys) pieces.keys(task);
                keys.compute(pieces.piece(task), scratch);
            };
        });
        return cached;
    }

    private void compute(int piece, Scratch scratch) {
        var part = new long[origin.pieceUnits()];
        int count = origin.read(piece, part, scratch);
        System.arraycopy(part, 0, keys, (int) origin.firstUnit(piece), count);
    }

    @Override
    public String parameter() {
        return origin.parameter();
    }

    @Override
    public long units() {
        return keys.length;
    }

    @Override
    public int size(long unit) {
        return origin.size(unit);
    }

    @Override
    public boolean isEven() {
        return origin.isEven();
    }

    @Override
    public boolean isCostly() {
        return false;
    }

    @Override
    public int keyBits() {
        return origin.keyBits();
    }

    @Override
    public int pieces() {
        return origin.pieces();
    }

    @Override
    public long firstUnit(int piece) {
        return origin.firstUnit(piece);
    }

    @Override
    public int pieceUnits() {
        return origin.pieceUnits();
    }

    @Override
    public int read(int piece, long[] into, Scratch scratch) {
        int from = (int) origin.firstUnit(piece);
        int to = piece + 1 < origin.pieces() ? (int) origin.firstUnit(piece + 1) : keys.length;
        System.arraycopy(keys, from, into, 0, to - from);
        return to - from;
    }

    @Override
    public RuntimeException nonFinite() {
        return origin.nonFinite();
    }
}
