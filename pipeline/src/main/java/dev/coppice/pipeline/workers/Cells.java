package dev.coppice.pipeline.workers;

import dev.coppice.ir.CoppiceException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the cells of a grid are, and how their results are kept.
 *
 * @param <C> a cell
 * @param <K> what its result depends on: cells of equal keys are run once
 * @param <R> a result
 */
public interface Cells<C, K, R> {

    K key(C cell);

    /** Runs one cell; thread-safe. */
    R run(C cell);

    /** Returns the result of a cell that could not be run, if others are to go on. */
    default R failed(C cell, CoppiceException reason) {
        throw reason;
    }

    /** Returns the line that a log keeps. */
    Map<String, Object> line(C cell, R result);

    /** Reads a line of a log; empty where it is of another grid. */
    Optional<Map.Entry<K, R>> read(Map<String, Object> line);

    /** Says whether a result that is in the log need not be made again. */
    default boolean isFinal(R result) {
        return true;
    }

    /** Returns the results that the lines of a log hold, the last of each cell. */
    default Map<K, R> known(List<Map<String, Object>> lines) {
        var known = new LinkedHashMap<K, R>();
        lines.forEach(line -> read(line).ifPresent(entry -> known.put(entry.getKey(), entry.getValue())));
        return known;
    }
}
