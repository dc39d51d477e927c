package dev.coppice.pipeline;

import java.util.Collection;
import java.util.Comparator;
import java.util.TreeSet;

/** Finds what was meant by a mistyped name. */
public final class Similar {

    private static final int LONGEST = 40; // of a name that may be a mistyped one

    private Similar() {}

    /** Returns what to say of an unknown name: which known one it is like, and what is known. */
    public static String hint(String name, Collection<String> known) {
        var all = "known are " + String.join(", ", new TreeSet<>(known));
        if (name.length() > LONGEST) {
            return all;
        }
        return known.stream()
                .filter(other -> distance(name, other) <= Math.max(1, other.length() / 4))
                .min(Comparator.comparingInt((String other) -> distance(name, other))
                        .thenComparing(Comparator.naturalOrder()))
                .map(other -> "did you mean " + other + "? " + all)
                .orElse(all);
    }

    /** Returns how many letters have to be put in, taken out or replaced (Levenshtein 1966). */
    private static int distance(String left, String right) {
        var row = new int[right.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= left.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int replaced = diagonal + (left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[right.length()];
    }
}
