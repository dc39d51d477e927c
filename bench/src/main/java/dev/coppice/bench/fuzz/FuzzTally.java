package dev.coppice.bench.fuzz;

import dev.coppice.bench.fuzz.CommandOrdeal.Ending;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Counts how commands ended, and keeps what failed; what fails is said at once, too. */
final class FuzzTally {

    private static final int SHOWN = 40;

    private final Map<String, Long> endings = new TreeMap<>();
    private final List<String> failures = new ArrayList<>();

    /**
     * Takes note of how a command ended.
     *
     * @param kind what endings are counted by
     * @param input what to repeat it with
     */
    void add(String kind, String input, Ending ending) {
        endings.merge(kind + ", exit code " + ending.code(), 1L, Long::sum);
        ending.failure().ifPresent(failure -> fail(input, failure));
    }

    void fail(String input, String failure) {
        failures.add(input + ": " + failure);
        System.err.println(failures.getLast());
    }

    List<String> failures() {
        return List.copyOf(failures);
    }

    Map<String, Long> endings() {
        return Map.copyOf(endings);
    }

    /** Returns all that, the first failures among it, as plain values. */
    Map<String, Object> describe() {
        var document = new LinkedHashMap<String, Object>();
        document.put("endings", endings);
        document.put("failed", failures.size());
        document.put("failures", failures.stream().limit(SHOWN).toList());
        return document;
    }
}
