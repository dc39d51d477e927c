package dev.coppice.pipeline.search;

import dev.coppice.pipeline.measure.Latency;
import dev.coppice.pipeline.recipe.LatencyBudget;
import java.util.HashMap;
import java.util.Map;
import java.util.function.DoubleFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Searches for the cut that keeps the most multiply-accumulates (MACs) and runs within a latency budget. Each cut is measured; a fixed
 * ratio between MACs and time is assumed only for where to look next. What is returned has been measured to be within the budget.
 *
 * @param <C> a model that was cut to a share of the MACs
 */
public final class LatencySearch<C> {

    /** Measurements at most: each is a cut, a session and seconds of runs. */
    private static final int MOST = 8;

    /** A latency this near to the budget is not improved on: the noise of measuring is about as large. */
    private static final double CLOSE = 0.97;

    private static final double FEWEST_MACS = 0.01;

    /**
     * What was found.
     *
     * @param latency of {@code cut}; the lowest that was seen where the budget was not met
     * @param measured how many cuts were measured
     */
    public record Found<C>(C cut, Latency latency, boolean met, int measured) {}

    private final LatencyBudget budget;
    private final DoubleFunction<C> cutter;
    private final Function<C, ?> key;
    private final Function<C, Latency> meter;
    private final Map<Object, Latency> known = new HashMap<>();
    private @Nullable C best;
    private Latency latency = new Latency(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);
    private boolean met;

    /**
     * Makes a search.
     *
     * @param cutter cuts to a share of the MACs
     * @param key equal where two cuts are the same, which is then measured once
     */
    public LatencySearch(
            LatencyBudget budget, DoubleFunction<C> cutter, Function<C, ?> key, Function<C, Latency> meter) {
        this.budget = budget;
        this.cutter = cutter;
        this.key = key;
        this.meter = meter;
    }

    public Found<C> run() {
        double wanted = budget.most();
        double within = 0; // the most MACs that were within the budget, and their latency
        double withinRatio = 0;
        double above = 1; // the fewest that were not
        double aboveRatio = 1;
        double macs = budget.millis() ? 1 : budget.most();
        while (known.size() < MOST) {
            int before = known.size();
            var seen = measure(macs);
            wanted = budget.share(seen);
            if (budget.isMetBy(seen)) {
                within = macs;
                withinRatio = seen.ratio();
                if (macs >= 1 || withinRatio >= CLOSE * wanted) {
                    break;
                }
            } else {
                above = macs;
                aboveRatio = seen.ratio();
                if (macs <= FEWEST_MACS) {
                    break;
                }
            }
            double next = next(wanted, within, withinRatio, above, aboveRatio);
            if (met
                    && (above - within < FEWEST_MACS
                            || (known.size() == before && Math.abs(next - macs) < FEWEST_MACS))) {
                break;
            }
            macs = met ? next : known.size() >= MOST - 2 ? FEWEST_MACS : next;
        }
        if (best == null) {
            throw new IllegalStateException("nothing was measured");
        }
        return new Found<>(best, latency, met, known.size());
    }

    private Latency measure(double macs) {
        var cut = cutter.apply(macs);
        var seen = known.computeIfAbsent(key.apply(cut), _ -> meter.apply(cut));
        boolean meets = budget.isMetBy(seen);
        boolean better = met ? meets && seen.ratio() > latency.ratio() : meets || seen.ratio() < latency.ratio();
        if (best == null || better) {
            best = cut;
            latency = seen;
        }
        met |= meets;
        return seen;
    }

    /** Returns where the line through the two nearest measurements meets the budget, kept off their ends. */
    private static double next(double wanted, double within, double withinRatio, double above, double aboveRatio) {
        double width = above - within;
        double slope = aboveRatio - withinRatio;
        double share = slope <= 0 ? 0.5 : (CLOSE * wanted + (1 - CLOSE) / 2 * wanted - withinRatio) / slope;
        return Math.max(FEWEST_MACS, within + Math.clamp(share, 0.1, 0.9) * width);
    }
}
