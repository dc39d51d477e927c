package dev.coppice.prune;

import dev.coppice.ir.Mask;
import dev.coppice.prune.score.Findings;
import java.util.List;
import java.util.Map;

/**
 * A plan, with what was found out while making it.
 *
 * @param shortfalls what was asked for but could not be planned, one sentence each
 * @param units masks of units by weight name, where planning had to select them anyway
 * @param findings what the plan's criterion needs to know
 */
public record Planned(WeightPlan plan, List<String> shortfalls, Map<String, Mask> units, Findings findings) {

    /** Makes a plan of one that was stored. */
    public static Planned of(WeightPlan plan, Findings findings) {
        return new Planned(plan, List.of(), Map.of(), findings);
    }

    public Planned {
        shortfalls = List.copyOf(shortfalls);
        units = Map.copyOf(units);
    }
}
