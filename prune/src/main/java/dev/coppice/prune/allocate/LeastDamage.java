package dev.coppice.prune.allocate;

import dev.coppice.ir.UsageException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Shares a budget out among layers so that the sum of their damages is least. Curves need not be convex, so the cheapest next step is not
 * always a step to the best end: this is a knapsack, solved by dynamic programming over the budget (Bellman 1957).
 */
public final class LeastDamage {

    /** Steps of a layer's sparsity. */
    private static final int LEVELS = 100;

    /** Steps of the budget; what lies between is made up for in the end. */
    private static final int STEPS = 20_000;

    private LeastDamage() {}

    /**
     * Returns how much of each layer goes.
     *
     * @param curves what each layer's sparsity costs; the damages are taken to add up
     * @param sizes how much there is of each layer
     * @param total how much goes in all, exactly
     * @throws UsageException when the curves do not reach so far
     */
    public static long[] counts(List<DamageCurve> curves, long[] sizes, long total) {
        int layers = sizes.length;
        var most = new long[layers];
        for (int i = 0; i < layers; i++) {
            most[i] = (long) Math.floor(curves.get(i).most() * sizes[i] + 1e-9);
        }
        if (Arrays.stream(most).sum() < total) {
            throw new UsageException(
                    String.format(
                            Locale.ROOT,
                            "the layers were measured up to sparsities that prune %,d in all, not %,d",
                            Arrays.stream(most).sum(),
                            total),
                    "measure higher ones, as by --sparsities 0.1,0.3,0.5,0.7,0.9,0.95,0.99");
        }
        if (total == 0) {
            return new long[layers];
        }
        double step = Math.max(1, (double) total / STEPS);
        var gains = new int[layers][LEVELS + 1];
        var costs = new double[layers][LEVELS + 1];
        var amounts = new long[layers][LEVELS + 1];
        for (int i = 0; i < layers; i++) {
            for (int level = 0; level <= LEVELS; level++) {
                amounts[i][level] = most[i] * level / LEVELS;
                gains[i][level] = (int) Math.round(amounts[i][level] / step);
                costs[i][level] = curves.get(i).at(share(amounts[i][level], sizes[i]));
            }
        }
        var chosen = choose(gains, costs, (int) Math.min(Math.round(total / step), reachable(gains)));
        var counts = new long[layers];
        for (int i = 0; i < layers; i++) {
            counts[i] = amounts[i][chosen[i]];
        }
        settle(curves, sizes, most, counts, total);
        return counts;
    }

    private static double share(long amount, long size) {
        return size == 0 ? 0 : (double) amount / size;
    }

    private static long reachable(int[][] gains) {
        return Arrays.stream(gains).mapToLong(levels -> levels[LEVELS]).sum();
    }

    /**
     * Chooses one level of each layer so that the gains make up at least {@code target} at the least cost; of equal costs the lower
     * level of the later layer.
     */
    static int[] choose(int[][] gains, double[][] costs, int target) {
        var best = new double[target + 1];
        Arrays.fill(best, Double.POSITIVE_INFINITY);
        best[0] = 0;
        var choices = new byte[gains.length][target + 1];
        var from = new int[gains.length][];
        for (int layer = 0; layer < gains.length; layer++) {
            var next = new double[target + 1];
            Arrays.fill(next, Double.POSITIVE_INFINITY);
            var came = new int[target + 1];
            for (int level = 0; level < gains[layer].length; level++) {
                int gain = gains[layer][level];
                double cost = costs[layer][level];
                for (int reached = 0; reached <= target; reached++) {
                    int to = Math.min(target, reached + gain);
                    if (best[reached] + cost < next[to]) {
                        next[to] = best[reached] + cost;
                        choices[layer][to] = (byte) level;
                        came[to] = reached;
                    }
                }
            }
            from[layer] = came;
            best = next;
        }
        var chosen = new int[gains.length];
        for (int layer = gains.length - 1, at = target; layer >= 0; layer--) {
            chosen[layer] = choices[layer][at];
            at = from[layer][at];
        }
        return chosen;
    }

    /** Makes up for the rounding to steps: adds where that costs least, or takes back where that gains most, a level at a time. */
    private static void settle(List<DamageCurve> curves, long[] sizes, long[] most, long[] counts, long total) {
        long missing = total - Arrays.stream(counts).sum();
        while (missing != 0) {
            int best = -1;
            long bestMove = 0;
            double bestSlope = Double.POSITIVE_INFINITY;
            for (int i = 0; i < counts.length; i++) {
                long level = Math.max(1, most[i] / LEVELS);
                long move = missing > 0
                        ? Math.min(level, Math.min(missing, most[i] - counts[i]))
                        : -Math.min(level, Math.min(-missing, counts[i]));
                if (move == 0) {
                    continue;
                }
                double change = curves.get(i).at(share(counts[i] + move, sizes[i]))
                        - curves.get(i).at(share(counts[i], sizes[i]));
                if (change / Math.abs(move) < bestSlope) {
                    best = i;
                    bestMove = move;
                    bestSlope = change / Math.abs(move);
                }
            }
            counts[best] += bestMove;
            missing -= bestMove;
        }
    }
}
