package dev.coppice.prune.structure;

import java.util.List;

/**
 * Which units go, as plain values that can be stored, read, edited and applied again.
 *
 * @param criterion label of the {@link dev.coppice.prune.score.Criterion}
 * @param granularity label of the {@link Granularity}
 * @param entries one for each group that could be cut, also where nothing goes
 */
public record StructuredPlan(String criterion, String granularity, String allocate, long seed, List<Entry> entries) {

    /**
     * One group.
     *
     * @param name of the weight that produces the units
     * @param node label of the first node that uses it
     * @param kind {@code channel}, {@code head} or {@code layer}
     * @param width how many units there are
     * @param removed the numbers of those that go, ascending
     */
    public record Entry(String name, String node, String kind, int width, List<Integer> removed) {
        public Entry {
            removed = List.copyOf(removed);
        }
    }

    public StructuredPlan {
        entries = List.copyOf(entries);
    }

    /** Says whether nothing is to be removed. */
    public boolean isEmpty() {
        return entries.stream().allMatch(entry -> entry.removed().isEmpty());
    }
}
