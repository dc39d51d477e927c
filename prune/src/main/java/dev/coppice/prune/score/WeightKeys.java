package dev.coppice.prune.score;

import dev.coppice.prune.pattern.Scratch;
import dev.coppice.prune.pattern.StorageOrder;
import dev.coppice.prune.pattern.WeightMatrix;

/** Ranks single weights by a criterion that looks at more than their magnitude. */
final class WeightKeys implements UnitKeys {

    private static final int PIECE = 1 << 14;

    private final String parameter;
    private final WeightMatrix matrix;
    private final StorageOrder order;
    private final Scorer scorer;

    WeightKeys(String parameter, WeightMatrix matrix, Scorer scorer) {
        this.parameter = parameter;
        this.matrix = matrix;
        this.order = StorageOrder.of(matrix.weight());
        this.scorer = scorer;
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
        return 63;
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
        var values = scratch.run(PIECE);
        order.doubles(from, values, count);
        var weight = scratch.unit(1);
        for (int i = 0; i < count; i++) {
            weight[0] = values[i];
            double score = scorer.score(weight, 1, order.element(from + i));
            keys[i] = Double.doubleToRawLongBits(score) & Long.MAX_VALUE;
        }
        return count;
    }

    @Override
    public RuntimeException nonFinite() {
        return NonFinite.find(parameter, matrix);
    }
}
