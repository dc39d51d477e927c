package dev.coppice.prune;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Which units of each group are removed: channels, heads or whole branches.
 *
 * @param criterion label of the {@link dev.coppice.prune.score.Criterion}
 * @param granularity label of the {@link dev.coppice.prune.structure.Granularity}
 * @param entries one for each group that could be cut, also where nothing goes
 */
public record StructuredPlan(String criterion, String granularity, String allocate, long seed, List<Entry> entries)
        implements Plan {

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

    @Override
    public boolean isEmpty() {
        return entries.stream().allMatch(entry -> entry.removed().isEmpty());
    }

    /** Returns one plan of this and one of what this has left, whose units are counted anew; all numbers are those before this one. */
    public StructuredPlan then(StructuredPlan next) {
        var all = new ArrayList<Entry>();
        for (var entry : entries) {
            var gone = new ArrayList<>(entry.removed());
            var left = IntStream.range(0, entry.width())
                    .filter(unit -> !entry.removed().contains(unit))
                    .toArray();
            next.entries().stream()
                    .filter(later -> later.name().equals(entry.name()))
                    .flatMap(later -> later.removed().stream())
                    .forEach(unit -> gone.add(left[unit]));
            gone.sort(null);
            all.add(new Entry(entry.name(), entry.node(), entry.kind(), entry.width(), gone));
        }
        return new StructuredPlan(criterion, granularity, allocate, seed, all);
    }
}
