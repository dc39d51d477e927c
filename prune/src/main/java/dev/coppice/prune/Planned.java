package dev.coppice.prune;

import dev.coppice.ir.Mask;
import java.util.List;
import java.util.Map;

/**
 * A plan, with what was found out while making it.
 *
 * @param shortfalls what was asked for but could not be planned, one sentence each
 * @param units masks of units by weight name, where planning had to select them anyway
 */
public record Planned(Plan plan, List<String> shortfalls, Map<String, Mask> units) {

    public Planned {
        shortfalls = List.copyOf(shortfalls);
        units = Map.copyOf(units);
    }
}
