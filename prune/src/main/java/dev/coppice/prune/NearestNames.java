package dev.coppice.prune;

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
                .map(name -> new Candidate(name, distance(wanted, name)))
                .sorted(Comparator.comparingInt(Candidate::distance))
                .limit(count)
                .map(Candidate::name)
                .toList();
    }

    /** Returns how many letters must be put in, left out or replaced to make one of the other (Levenshtein). */
    private static int distance(String a, String b) {
        var row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
