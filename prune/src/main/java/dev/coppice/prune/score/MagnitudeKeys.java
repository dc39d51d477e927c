package dev.coppice.prune.score;

import dev.coppice.ir.layer.StorageOrder;
import dev.coppice.ir.layer.WeightMatrix;
import dev.coppice.prune.pattern.Scratch;

/** Ranks single weights by magnitude: the bits of a non-negative IEEE number order like the number. */
final class MagnitudeKeys implements UnitKeys {

    private static final int PIECE = 1 << 14;

    private final String parameter;
    private final WeightMatrix matrix;
    private final StorageOrder order;
    private final boolean wide;

    MagnitudeKeys(String parameter, WeightMatrix matrix, boolean wide) {
        this.parameter = parameter;
        this.matrix = matrix;
        this.order = StorageOrder.of(matrix.weight());
        this.wide = wide;
    }

    @Override
    public String parameter() {
        return parameter;
    }

    @Override
    public long units() {
        return order.size();
    }

    @Override
    public int size(long unit) {
        return 1;
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
        return wide ? 63 : 31;
    }

    @Override
    public int pieces() {
        return Math.toIntExact(Math.ceilDiv(order.size(), PIECE));
    }

    @Override
    public long firstUnit(int piece) {
        return (long) piece * PIECE;
    }

    @Override
    public int pieceUnits() {
        return (int) Math.min(PIECE, order.size());
    }

    @Override
    public int read(int piece, long[] keys, Scratch scratch) {
        long from = firstUnit(piece);
        int count = (int) Math.min(PIECE, order.size() - from);
        if (wide) {
            var values = scratch.run(PIECE);
            order.doubles(from, values, count);
            wideKeys(values, keys, count);
        } else {
            var values = scratch.floats(PIECE);
            order.floats(from, values, count);
            narrowKeys(values, keys, count);
        }
        return count;
    }

    private static void narrowKeys(float[] values, long[] keys, int count) {
        for (int i = 0; i < count; i++) {
            keys[i] = Float.floatToRawIntBits(values[i]) & Integer.MAX_VALUE;
        }
    }

    private static void wideKeys(double[] values, long[] keys, int count) {
        for (int i = 0; i < count; i++) {
            keys[i] = Double.doubleToRawLongBits(values[i]) & Long.MAX_VALUE;
        }
    }

    @Override
    public RuntimeException nonFinite() {
        return NonFinite.find(parameter, matrix);
    }
}
