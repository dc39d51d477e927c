package dev.coppice.prune;

import dev.coppice.ir.EditDistance;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** Suggests what a mistyped name may have meant. */
final class NearestNames {

    private record Candidate(String name, int distance) {}

    private NearestNames() {}

    /** Returns at most {@code count} names by edit distance, the earlier first among equals. */
    static List<String> of(String wanted, Collection<String> names, int count) {
        return names.stream()
                .map(name -> new Candidate(name, EditDistance.of(wanted, name)))
                .sorted(Comparator.comparingInt(Candidate::distance))
                .limit(count)
                .map(Candidate::name)
                .toList();
    }
}
