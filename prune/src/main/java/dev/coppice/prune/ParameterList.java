package dev.coppice.prune;

import java.util.List;

/**
 * The weights that a selection names.
 *
 * @param prunable in the order in which the graph uses them first
 * @param blocked those that were asked for but cannot be pruned
 */
public record ParameterList(List<Parameter> prunable, List<Blocked> blocked) {

    public ParameterList {
        prunable = List.copyOf(prunable);
        blocked = List.copyOf(blocked);
    }

    /** Returns the number of prunable weights. */
    public long size() {
        return prunable.stream().mapToLong(Parameter::size).sum();
    }
}
