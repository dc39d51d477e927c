package dev.coppice.pipeline.search;

import dev.coppice.pipeline.measure.Latency;
import dev.coppice.pipeline.recipe.LatencyBudget;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Searches for the cut that keeps the most multiply-accumulates (MACs) and runs within a latency budget. Each cut is measured; a fixed
 * ratio between MACs and time is assumed only for where to look next. What is returned has been measured to be within the budget.
 *
 * @param <K> what tells whether two cuts are the same
 */
public final class LatencySearch<K> {

    /** Measurements at most: each is a cut, a session and seconds of runs. */
    private static final int MOST = 8;

    /** A latency this near to the budget is not improved on: the noise of measuring is about as large. */
    private static final double CLOSE = 0.97;

    private static final double FEWEST_MACS = 0.01;

    /** A cut to a share of the MACs. */
    public interface Cut<K> {
        K key();
    }

    public interface Cutter<K> {
        Cut<K> to(double macs);
    }

    public interface Meter<K> {
        Latency measure(Cut<K> cut);
    }

    /**
     * What was found.
     *
     * @param latency of {@code cut}; the lowest that was seen where the budget was not met
     * @param measured how many cuts were measured
     */
    public record Found<K>(Cut<K> cut, Latency latency, boolean met, int measured) {}

    private final LatencyBudget budget;
    private final Cutter<K> cutter;
    private final Meter<K> meter;
    private final Map<K, Latency> known = new HashMap<>();
    private @Nullable Cut<K> best;
    private Latency latency = new Latency(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);
    private boolean met;

    public LatencySearch(LatencyBudget budget, Cutter<K> cutter, Meter<K> meter) {
        this.budget = budget;
        this.cutter = cutter;
        this.meter = meter;
    }

    public Found<K> run() {
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
        var cut = cutter.to(macs);
        var seen = known.computeIfAbsent(cut.key(), _ -> meter.measure(cut));
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
