package dev.coppice.pipeline.sensitivity;

import dev.coppice.ir.CoppiceException;
import dev.coppice.pipeline.measure.ModelOpener;
import dev.coppice.pipeline.measure.Probe;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.workers.CellLog;
import dev.coppice.pipeline.workers.CellRun;
import dev.coppice.pipeline.workers.Cells;
import dev.coppice.pipeline.workers.LocalWorkers;
import dev.coppice.runtime.ort.OrtOptions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Measures a grid of layers and sparsities. Each worker holds one variant at a time, written into memory and opened there, on one thread:
 * beside the samples a worker takes about three times the model's bytes.
 */
final class Measuring implements Cells<Measuring.Cell, Measuring.Place, Curves.Point> {

    private final Layers layers;
    private final Probe probe;
    private final Grid grid;

    /**
     * What to measure.
     *
     * @param sparsities ascending
     * @param key identifies everything that a cell depends on but layer and sparsity: cells of other keys are not taken for ours
     * @param workers how many cells are measured at once
     */
    record Grid(List<Double> sparsities, String key, int workers) {
        Grid {
            sparsities = List.copyOf(sparsities);
        }
    }

    record Place(String layer, double sparsity) {}

    record Cell(Layers.Layer layer, double sparsity) {
        Place place() {
            return new Place(layer.name(), sparsity);
        }
    }

    private Measuring(Layers layers, Probe probe, Grid grid) {
        this.layers = layers;
        this.probe = probe;
        this.grid = grid;
    }

    /**
     * Measures what the log does not have yet.
     *
     * @param log where finished cells are, and go; empty to keep none
     * @return all curves; fewer points where the listener asked to stop
     */
    static List<Curves.Curve> run(Layers layers, Probe probe, Grid grid, Optional<CellLog> log, Progress progress) {
        var measuring = new Measuring(layers, probe, grid);
        var workers = new LocalWorkers(grid.workers());
        return measuring.curves(CellRun.run("measure", measuring, measuring.cells(), log, workers, progress)
                .results());
    }

    /** Returns all curves if {@code lines} of a log have them, with nothing left to measure. */
    static Optional<List<Curves.Curve>> known(Layers layers, Probe probe, Grid grid, List<Map<String, Object>> lines) {
        var measuring = new Measuring(layers, probe, grid);
        var known = measuring.known(lines);
        boolean all = measuring.cells().stream().allMatch(cell -> known.containsKey(cell.place()));
        return all ? Optional.of(measuring.curves(known)) : Optional.empty();
    }

    private List<Cell> cells() {
        return layers.list().stream()
                .flatMap(layer -> grid.sparsities().stream().map(sparsity -> new Cell(layer, sparsity)))
                .toList();
    }

    @Override
    public Place key(Cell cell) {
        return cell.place();
    }

    @Override
    public Optional<Map.Entry<Place, Curves.Point>> read(Map<String, Object> line) {
        return grid.key().equals(line.get("key"))
                        && line.get("layer") instanceof String layer
                        && line.get("asked") instanceof Number asked
                ? Optional.of(Map.entry(new Place(layer, asked.doubleValue()), Curves.point(line)))
                : Optional.empty();
    }

    @Override
    public Curves.Point run(Cell cell) {
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

    @Override
    public Map<String, Object> line(Cell cell, Curves.Point point) {
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

    private List<Curves.Curve> curves(Map<Place, Curves.Point> done) {
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
