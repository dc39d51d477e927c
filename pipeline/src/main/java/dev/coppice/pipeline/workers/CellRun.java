package dev.coppice.pipeline.workers;

import dev.coppice.ir.CoppiceException;
import dev.coppice.pipeline.progress.Progress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Runs the cells of a grid that its log does not have: a run that was stopped or killed goes on where it was. */
public final class CellRun<C, K, R> implements Workers.Listener<C, R> {

    private final String stage;
    private final Cells<C, K, R> cells;
    private final Optional<CellLog> log;
    private final Progress progress;
    private final Map<K, R> results;
    private final int all;
    private int done;

    /**
     * What there is of a grid.
     *
     * @param results by key
     * @param repeated how many cells needed no run
     * @param complete whether no cell is missing, since nobody asked to stop
     */
    public record Outcome<K, R>(Map<K, R> results, int repeated, boolean complete) {}

    private CellRun(String stage, Cells<C, K, R> cells, Optional<CellLog> log, int all, Progress progress) {
        this.stage = stage;
        this.cells = cells;
        this.log = log;
        this.progress = progress;
        this.all = all;
        this.results = cells.known(log.map(CellLog::cells).orElse(List.of()));
        results.values().removeIf(result -> !cells.isFinal(result));
    }

    /**
     * Runs what is missing.
     *
     * @param stage what the listener is told is being done
     * @param log where finished cells are, and go; empty to keep none
     */
    public static <C, K, R> Outcome<K, R> run(
            String stage,
            Cells<C, K, R> cells,
            List<C> list,
            Optional<CellLog> log,
            Workers workers,
            Progress progress) {
        return new CellRun<>(stage, cells, log, list.size(), progress).run(list, workers);
    }

    private Outcome<K, R> run(List<C> list, Workers workers) {
        var open = new LinkedHashMap<K, C>();
        for (var cell : list) {
            var key = cells.key(cell);
            if (!results.containsKey(key)) {
                open.putIfAbsent(key, cell);
            }
        }
        int repeated = all - open.size();
        done = repeated;
        progress.update(stage, done, all, "cells");
        workers.run(List.copyOf(open.values()), cells::run, this);
        return new Outcome<>(results, repeated, results.keySet().containsAll(open.keySet()));
    }

    @Override
    public void finished(C cell, R result) {
        log.ifPresent(to -> to.add(cells.line(cell, result)));
        synchronized (results) {
            results.put(cells.key(cell), result);
            progress.update(stage, ++done, all, "cells");
        }
    }

    @Override
    public void failed(C cell, CoppiceException reason) {
        finished(cell, cells.failed(cell, reason));
    }

    @Override
    public boolean stopRequested() {
        return progress.stopRequested();
    }
}
