package dev.coppice.pipeline.sensitivity;

import dev.coppice.ir.CoppiceException;
import dev.coppice.ir.host.Parallel;
import dev.coppice.pipeline.measure.ModelOpener;
import dev.coppice.pipeline.measure.Probe;
import dev.coppice.pipeline.progress.CellLog;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.runtime.ort.OrtOptions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Measures a grid of layers and sparsities. Each worker holds one variant at a time, written into memory and opened there, on one thread:
 * beside the samples a worker takes about three times the model's bytes.
 */
public final class Measuring {

    private final Layers layers;
    private final Probe probe;
    private final Grid grid;
    private final Optional<CellLog> log;
    private final Progress progress;
    private final Map<Place, Curves.Point> done = new HashMap<>();

    /**
     * What to measure.
     *
     * @param sparsities ascending
     * @param key identifies everything that a cell depends on but layer and sparsity: cells of other keys are not taken for ours
     * @param workers how many cells are measured at once
     */
    public record Grid(List<Double> sparsities, String key, int workers) {
        public Grid {
            sparsities = List.copyOf(sparsities);
        }
    }

    private record Place(String layer, double sparsity) {}

    private record Cell(Layers.Layer layer, double sparsity) {
        Place place() {
            return new Place(layer.name(), sparsity);
        }
    }

    private Measuring(Layers layers, Probe probe, Grid grid, Optional<CellLog> log, Progress progress) {
        this.layers = layers;
        this.probe = probe;
        this.grid = grid;
        this.log = log;
        this.progress = progress;
    }

    /**
     * Measures what the log does not have yet.
     *
     * @param log where finished cells are, and go; empty to keep none
     * @return all curves; fewer points where the listener asked to stop
     */
    public static List<Curves.Curve> run(
            Layers layers, Probe probe, Grid grid, Optional<CellLog> log, Progress progress) {
        var measuring = new Measuring(layers, probe, grid, log, progress);
        measuring.remember(log.map(CellLog::cells).orElse(List.of()));
        measuring.measure();
        return measuring.curves();
    }

    /** Returns all curves if {@code cells} have them, with nothing left to measure. */
    public static Optional<List<Curves.Curve>> known(
            Layers layers, Probe probe, Grid grid, List<Map<String, Object>> cells) {
        var measuring = new Measuring(layers, probe, grid, Optional.empty(), Progress.NONE);
        measuring.remember(cells);
        boolean all = layers.list().stream()
                .allMatch(layer -> grid.sparsities().stream()
                        .allMatch(sparsity -> measuring.done.containsKey(new Place(layer.name(), sparsity))));
        return all ? Optional.of(measuring.curves()) : Optional.empty();
    }

    private void remember(List<Map<String, Object>> cells) {
        for (var cell : cells) {
            if (grid.key().equals(cell.get("key"))
                    && cell.get("layer") instanceof String layer
                    && cell.get("asked") instanceof Number asked) {
                done.put(new Place(layer, asked.doubleValue()), Curves.point(cell));
            }
        }
    }

    private void measure() {
        var open = new ArrayList<Cell>();
        for (var layer : layers.list()) {
            for (double sparsity : grid.sparsities()) {
                var cell = new Cell(layer, sparsity);
                if (!done.containsKey(cell.place())) {
                    open.add(cell);
                }
            }
        }
        int all = layers.list().size() * grid.sparsities().size();
        var finished = new AtomicInteger(all - open.size());
        new Parallel(grid.workers()).forEach(open.size(), () -> task -> {
            if (progress.stopRequested()) {
                return;
            }
            var cell = open.get(task);
            var point = measure(cell);
            log.ifPresent(to -> to.add(line(cell, point)));
            synchronized (done) {
                done.put(cell.place(), point);
                progress.update("measure", finished.incrementAndGet(), all);
            }
        });
    }

    private Curves.Point measure(Cell cell) {
        var variant = layers.prune(cell.layer(), cell.sparsity());
        double sparsity = (double) variant.pruned() / cell.layer().units();
        if (variant.pruned() == 0) {
            return new Curves.Point(cell.sparsity(), 0, probe.dense().value(), 0, "");
        }
        try (var model = ModelOpener.open(variant.model(), "variant", OrtOptions.defaults())) {
            var quality = probe.measure(model);
            return new Curves.Point(
                    cell.sparsity(), sparsity, quality.value(), Curves.damage(probe.dense(), quality), "");
        } catch (CoppiceException e) {
            // A model that was ruined may give NaN; that is a result.
            return new Curves.Point(cell.sparsity(), sparsity, Double.NaN, Double.NaN, String.valueOf(e.getMessage()));
        }
    }

    private Map<String, Object> line(Cell cell, Curves.Point point) {
        var line = new LinkedHashMap<String, Object>();
        line.put("key", grid.key());
        line.put("layer", cell.layer().name());
        line.put("asked", point.asked());
        line.put("sparsity", point.sparsity());
        line.put("value", point.quality());
        line.put("damage", point.damage());
        if (!point.failure().isEmpty()) {
            line.put("failure", point.failure());
        }
        return line;
    }

    private List<Curves.Curve> curves() {
        var curves = new ArrayList<Curves.Curve>();
        for (var layer : layers.list()) {
            var points = new ArrayList<Curves.Point>();
            for (double sparsity : grid.sparsities()) {
                var point = done.get(new Place(layer.name(), sparsity));
                if (point != null) {
                    points.add(point);
                }
            }
            curves.add(new Curves.Curve(layer, points));
        }
        return curves;
    }
}
