package dev.coppice.prune;

import java.util.List;

/**
 * Below which thresholds activations become zero before layers read them.
 *
 * @param heldOut whether the shares of zeros were measured on data that was not calibrated on
 * @param entries one for each value that layers read
 */
public record ActivationPlan(boolean heldOut, List<Entry> entries) implements Plan {

    /**
     * One value.
     *
     * @param threshold zero where it got none
     * @param before the share of zeros without a threshold
     * @param calibrated the share of zeros aimed at, or before, where more were zero already
     * @param measured the share of zeros on the data that it was judged on
     */
    public record Entry(String value, double threshold, double before, double calibrated, double measured) {}

    public ActivationPlan {
        entries = List.copyOf(entries);
    }

    @Override
    public boolean isEmpty() {
        return entries.stream().allMatch(entry -> entry.threshold() == 0);
    }
}
