package dev.coppice.prune.allocate;

import dev.coppice.prune.pattern.Scratch;
import dev.coppice.prune.score.UnitKeys;

/** Keys that are few enough to be held. */
final class ArrayKeys implements UnitKeys {

    private static final int PIECE = 1 << 14;

    private final UnitKeys origin;
    private final long[] keys;
    private final int count;
    private final int keyBits;

    /**
     * Holds keys of units as large as the first one of {@code origin}.
     *
     * @param origin whose weights the units are
     */
    ArrayKeys(UnitKeys origin, long[] keys, int count, int keyBits) {
        this.origin = origin;
        this.keys = keys;
        this.count = count;
        this.keyBits = keyBits;
    }

    @Override
    public String parameter() {
        return origin.parameter();
    }

    @Override
    public long units() {
        return count;
    }

    @Override
    public int size(long unit) {
        return origin.size(0);
    }

    @Override
    public boolean isEven() {
        return true;
    }

    @Override
    public boolean isCostly() {
        return false;
    }

    @Override
    public int keyBits() {
        return keyBits;
    }

    @Override
    public int pieces() {
        return Math.ceilDiv(count, PIECE);
    }

    @Override
    public long firstUnit(int piece) {
        return (long) piece * PIECE;
    }

    @Override
    public int pieceUnits() {
        return Math.min(PIECE, count);
    }

    @Override
    public int read(int piece, long[] into, Scratch scratch) {
        int from = piece * PIECE;
        int n = Math.min(PIECE, count - from);
        System.arraycopy(keys, from, into, 0, n);
        return n;
    }

    @Override
    public RuntimeException nonFinite() {
        return origin.nonFinite();
    }
}
