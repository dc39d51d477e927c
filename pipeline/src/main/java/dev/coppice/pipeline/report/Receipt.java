package dev.coppice.pipeline.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Proves what a change to a model did: figures before and after side by side, weight by weight, and whatever was not done, with
 * the reason.
 *
 * @param int8 what became of each layer in int8, where that was asked for
 * @param int8Alone figures of the model in int8 without any pruning, the rival to beat, by the measurements' names; may be empty
 * @param notes conclusions for the reader, such as why nothing became faster
 */
public record Receipt(
        Change change,
        List<Measurement> measurements,
        List<Layer> layers,
        List<Group> groups,
        List<Refusal> refusals,
        Optional<Int8Section> int8,
        Map<String, Double> int8Alone,
        List<String> notes) {

    /**
     * The change itself.
     *
     * @param model the file that it began with
     * @param output the file that it wrote
     * @param what it was, in one line
     * @param reached whether all that was asked for was done
     */
    public record Change(String model, String output, String what, boolean reached) {}

    /** What happened to one weight; {@code zeros} counts all zeros it has now. */
    public record Layer(String name, String node, String op, List<Long> shape, long pruned, long zeros) {

        public long size() {
            return shape.stream().reduce(1L, Math::multiplyExact);
        }

        public double sparsity() {
            return size() == 0 ? 0 : (double) zeros / size();
        }
    }

    /**
     * What happened to one group of channels, heads or layers.
     *
     * @param name of the weight that produces them
     * @param kind {@code channel}, {@code head} or {@code layer}
     */
    public record Group(String name, String node, String kind, int before, int after) {}

    /** A weight that could not be pruned, or a wish that could not be fulfilled. */
    public record Refusal(String name, String node, String op, String reason) {}

    public Receipt {
        measurements = List.copyOf(measurements);
        layers = List.copyOf(layers);
        groups = List.copyOf(groups);
        refusals = List.copyOf(refusals);
        int8Alone = Map.copyOf(int8Alone);
        notes = List.copyOf(notes);
    }

    /** Says whether all that was asked for was done. */
    public boolean reached() {
        return change.reached();
    }

    /** Returns the receipt as plain values for {@link Json}. */
    public Map<String, Object> describe() {
        var document = new LinkedHashMap<String, Object>();
        document.put("model", change.model());
        document.put("output", change.output());
        document.put("what", change.what());
        document.put("target-reached", reached());
        var before = new LinkedHashMap<String, Object>();
        var after = new LinkedHashMap<String, Object>();
        var remarks = new LinkedHashMap<String, Object>();
        for (var measurement : measurements) {
            before.put(measurement.name(), number(measurement, measurement.before()));
            after.put(measurement.name(), number(measurement, measurement.after()));
            if (!measurement.remark().isEmpty()) {
                remarks.put(measurement.name(), measurement.remark());
            }
        }
        document.put("before", before);
        document.put("after", after);
        if (!int8Alone.isEmpty()) {
            document.put("int8-alone", describeInt8Alone());
        }
        document.put("remarks", remarks);
        document.put("weights", layers.stream().map(Receipt::describe).toList());
        if (!groups.isEmpty()) {
            document.put("groups", groups.stream().map(Receipt::describe).toList());
        }
        document.put("not-pruned", describeRefusals());
        int8.ifPresent(section -> document.put("int8", section.describe()));
        document.put("notes", notes);
        return document;
    }

    private Map<String, Object> describeInt8Alone() {
        var map = new LinkedHashMap<String, Object>();
        for (var measurement : measurements) {
            var value = int8Alone.get(measurement.name());
            if (value != null) {
                map.put(measurement.name(), number(measurement, value));
            }
        }
        return map;
    }

    private static Map<String, Object> describe(Group group) {
        var map = new LinkedHashMap<String, Object>();
        map.put("name", group.name());
        map.put("node", group.node());
        map.put("kind", group.kind());
        map.put("before", (long) group.before());
        map.put("after", (long) group.after());
        return map;
    }

    private static Map<String, Object> describe(Layer layer) {
        var map = new LinkedHashMap<String, Object>();
        map.put("name", layer.name());
        map.put("node", layer.node());
        map.put("op", layer.op());
        map.put("shape", layer.shape());
        map.put("size", layer.size());
        map.put("pruned", layer.pruned());
        map.put("zeros", layer.zeros());
        map.put("sparsity", layer.sparsity());
        return map;
    }

    private List<Map<String, Object>> describeRefusals() {
        var list = new ArrayList<Map<String, Object>>();
        for (var refusal : refusals) {
            var map = new LinkedHashMap<String, Object>();
            map.put("name", refusal.name());
            map.put("node", refusal.node());
            map.put("op", refusal.op());
            map.put("reason", refusal.reason());
            list.add(map);
        }
        return list;
    }

    private static Object number(Measurement measurement, double value) {
        return switch (measurement.unit()) {
            case COUNT, BYTES -> (long) value;
            case MILLISECONDS, JOULES, NUMBER -> value;
        };
    }
}
