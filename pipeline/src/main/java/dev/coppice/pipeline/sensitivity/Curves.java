package dev.coppice.pipeline.sensitivity;

import dev.coppice.pipeline.measure.Quality;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How a model's quality falls as its layers are pruned one at a time.
 *
 * @param conditions what was measured and how, as plain values
 * @param dense the quality before pruning
 * @param curves one for each layer, in the order of the graph
 */
public record Curves(Map<String, Object> conditions, Quality dense, List<Curve> curves) {

    /** The curve of one layer; its points in order of sparsity, without the dense one. */
    public record Curve(Layers.Layer layer, List<Point> points) {
        public Curve {
            points = List.copyOf(points);
        }
    }

    /**
     * One cell of the grid.
     *
     * @param asked the sparsity that was asked for
     * @param sparsity the share of units that went
     * @param damage how much worse the model is, in the unit in which that adds up best: loss where there is one, else the metric
     * @param failure why the model could not be judged; empty when it could
     */
    public record Point(double asked, double sparsity, double quality, double damage, String failure) {}

    public Curves {
        conditions = new LinkedHashMap<>(conditions);
        curves = List.copyOf(curves);
    }

    /** Returns by how much a model is worse than the dense one. */
    static double damage(Quality dense, Quality quality) {
        var before = dense.more().get("loss");
        var after = quality.more().get("loss");
        if (before != null && after != null) {
            return after - before;
        }
        return dense.higherIsBetter() ? dense.value() - quality.value() : quality.value() - dense.value();
    }

    /** Returns this as plain values. */
    public Map<String, Object> describe() {
        var document = new LinkedHashMap<>(conditions);
        document.put("metric", dense.metric());
        document.put("dense", dense.value());
        document.put("samples", dense.samples());
        var list = new ArrayList<Map<String, Object>>();
        for (var curve : curves) {
            var map = new LinkedHashMap<String, Object>();
            map.put("name", curve.layer().name());
            map.put("node", curve.layer().node());
            map.put("unit", curve.layer().unit());
            map.put("units", curve.layer().units());
            map.put("weights", curve.layer().weights());
            map.put("curve", curve.points().stream().map(Curves::describe).toList());
            list.add(map);
        }
        document.put("layers", list);
        return document;
    }

    /** Reads what {@link #describe} has made. */
    public static Curves read(Map<?, ?> document) {
        var conditions = new LinkedHashMap<String, Object>();
        document.forEach((name, value) -> {
            if (value != null && !(value instanceof List<?>)) {
                conditions.put(name.toString(), value);
            }
        });
        conditions.keySet().removeAll(List.of("metric", "samples"));
        var metric = String.valueOf(document.get("metric"));
        var dense = new Quality(metric, number(document, "dense"), Quality.isHigherBetter(metric), Map.of(), (long)
                number(document, "samples"));
        var curves = new ArrayList<Curve>();
        for (var entry : document.get("layers") instanceof List<?> list ? list : List.of()) {
            if (entry instanceof Map<?, ?> layer) {
                curves.add(curve(layer));
            }
        }
        return new Curves(conditions, dense, curves);
    }

    private static Curve curve(Map<?, ?> map) {
        var points = new ArrayList<Point>();
        for (var entry : map.get("curve") instanceof List<?> list ? list : List.of()) {
            if (entry instanceof Map<?, ?> point) {
                points.add(point(point));
            }
        }
        return new Curve(
                new Layers.Layer(
                        String.valueOf(map.get("name")),
                        String.valueOf(map.get("node")),
                        String.valueOf(map.get("unit")),
                        (long) number(map, "units"),
                        (long) number(map, "weights")),
                points);
    }

    /** Reads a point of {@link #describe}, or a line of a log. */
    static Point point(Map<?, ?> map) {
        return new Point(
                number(map, "asked"),
                number(map, "sparsity"),
                number(map, "value"),
                number(map, "damage"),
                map.get("failure") instanceof String failure ? failure : "");
    }

    private static double number(Map<?, ?> map, String name) {
        return map.get(name) instanceof Number number ? number.doubleValue() : Double.NaN;
    }

    private static Map<String, Object> describe(Point point) {
        var map = new LinkedHashMap<String, Object>();
        map.put("asked", point.asked());
        map.put("sparsity", point.sparsity());
        map.put("value", point.quality());
        map.put("damage", point.damage());
        if (!point.failure().isEmpty()) {
            map.put("failure", point.failure());
        }
        return map;
    }
}
