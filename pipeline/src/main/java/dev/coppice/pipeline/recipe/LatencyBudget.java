package dev.coppice.pipeline.recipe;

import dev.coppice.pipeline.measure.Latency;
import java.util.Locale;

/**
 * How long a run of the pruned model may take.
 *
 * @param most milliseconds, or a share of the dense model's time
 */
public record LatencyBudget(double most, boolean millis) {

    private static final String UNIT = "ms";

    /** Reads {@code 0.5}, a share of the dense model's time, or {@code 12ms}. */
    public static LatencyBudget parse(Settings settings, String text) {
        var plain = text.strip().toLowerCase(Locale.ROOT);
        boolean millis = plain.endsWith(UNIT);
        double most;
        try {
            most = Double.parseDouble(millis ? plain.substring(0, plain.length() - UNIT.length()) : plain);
        } catch (NumberFormatException _) {
            most = Double.NaN;
        }
        if (!(most > 0) || Double.isInfinite(most) || (!millis && most > 1)) {
            throw settings.error(
                    "'max-latency' is " + text,
                    "give a share of the model's own latency, above 0 and at most 1, or a time such as 12ms");
        }
        return new LatencyBudget(most, millis);
    }

    public boolean isMetBy(Latency latency) {
        return (millis ? latency.millis() : latency.ratio()) <= most;
    }

    /** Returns the budget as a share of the dense model's time. */
    public double share(Latency latency) {
        return millis ? most / latency.millis() * latency.ratio() : most;
    }

    @Override
    public String toString() {
        return millis ? most + " ms" : most + " of the dense model's";
    }
}
