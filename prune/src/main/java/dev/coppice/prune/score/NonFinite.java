package dev.coppice.prune.score;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.layer.StorageOrder;
import dev.coppice.ir.layer.WeightMatrix;

/** Finds the weight that cannot be ranked. */
public final class NonFinite {

    private static final int CHUNK = 1 << 14;

    private NonFinite() {}

    /** Returns the error that names the first NaN or infinite weight in storage order. */
    public static BadModelException find(String parameter, WeightMatrix matrix) {
        var order = StorageOrder.of(matrix.weight());
        var values = new double[CHUNK];
        for (long from = 0; from < order.size(); from += CHUNK) {
            int count = (int) Math.min(CHUNK, order.size() - from);
            order.doubles(from, values, count);
            for (int i = 0; i < count; i++) {
                if (!Double.isFinite(values[i])) {
                    return new BadModelException(
                            "weight " + parameter + " holds " + values[i] + " at element " + order.element(from + i),
                            "a weight that is not a number has no rank: repair the model, or leave the weight out with"
                                    + " --keep");
                }
            }
        }
        return new BadModelException(
                "the weights of " + parameter + " are too large to be scored",
                "leave the weight out with --keep, or use the criterion l1");
    }
}
