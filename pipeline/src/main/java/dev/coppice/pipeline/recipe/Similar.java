package dev.coppice.pipeline.recipe;

import dev.coppice.ir.EditDistance;
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
                .filter(other -> EditDistance.of(name, other) <= Math.max(1, other.length() / 4))
                .min(Comparator.comparingInt((String other) -> EditDistance.of(name, other))
                        .thenComparing(Comparator.naturalOrder()))
                .map(other -> "did you mean " + other + "? " + all)
                .orElse(all);
    }
}
