package dev.coppice.pipeline;

import dev.coppice.ir.Model;
import dev.coppice.ir.ValueInfo;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.pipeline.measure.WeightCounts;
import dev.coppice.prune.Blocked;
import dev.coppice.prune.Parameter;
import dev.coppice.prune.Selection;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Tells what a model consists of and what can be pruned.
 *
 * @param weights what {@code prune} works on, with the zeros that it has already
 * @param blocked what it cannot work on, with the reason
 */
public record Inspection(
        Path file, Model model, WeightCounts.Totals totals, List<Weight> weights, List<Blocked> blocked) {

    /** A prunable weight and how many of its elements are zero. */
    public record Weight(Parameter parameter, long zeros) {}

    /** Reads a model and looks it over; throws {@link dev.coppice.ir.BadModelException} when it cannot be used. */
    public static Inspection of(Path file) {
        var found = WeightFolding.find(OnnxReader.read(file), Selection.ALL);
        var model = found.model();
        var counts = new WeightCounts();
        var parameters = found.parameters();
        var weights = new ArrayList<Weight>();
        for (var parameter : parameters.prunable()) {
            var source = parameter.source();
            weights.add(new Weight(parameter, source.size() - counts.nonZeros(source)));
        }
        return new Inspection(file, model, counts.of(model), weights, parameters.blocked());
    }

    /** Returns the inspection for people. */
    public String text() {
        var text = new StringBuilder();
        text.append("%s: ONNX opset %d, %,d nodes%n"
                .formatted(file, model.opset(), model.graph().nodes().size()));
        values("input", runtimeInputs(), text);
        values("output", model.graph().outputs(), text);
        text.append(String.format(
                Locale.ROOT,
                "%n  parameters %,d, of which %,d are zero (%.2f %%)%n%n",
                totals.parameters(),
                totals.parameters() - totals.nonZeros(),
                percent(totals.parameters() - totals.nonZeros(), totals.parameters())));
        text.append(
                "  %-44s %-14s %-20s %12s %9s%n".formatted("prunable weight", "operator", "shape", "size", "sparsity"));
        long size = 0;
        for (var weight : weights) {
            var parameter = weight.parameter();
            size += parameter.size();
            text.append(String.format(
                    Locale.ROOT,
                    "  %-44s %-14s %-20s %,12d %8.2f%%%n",
                    parameter.name(),
                    parameter.op(),
                    parameter.shape().toString().replace(" ", ""),
                    parameter.size(),
                    percent(weight.zeros(), parameter.source().size())));
        }
        text.append(
                String.format(Locale.ROOT, "  %-44s %-14s %-20s %,12d%n", weights.size() + " weights", "", "", size));
        for (var refusal : blocked) {
            text.append("%nnot prunable: %s (%s, node %s): %s"
                    .formatted(refusal.name(), refusal.op(), refusal.node(), refusal.reason()));
        }
        return text.append(blocked.isEmpty() ? "" : System.lineSeparator()).toString();
    }

    /** Returns the inspection as plain values for JSON. */
    public Map<String, Object> describe() {
        var document = new LinkedHashMap<String, Object>();
        document.put("model", file.toString());
        document.put("opset", model.opset());
        document.put("ir-version", model.irVersion());
        document.put("nodes", model.graph().nodes().size());
        document.put(
                "inputs", runtimeInputs().stream().map(Inspection::describe).toList());
        document.put(
                "outputs",
                model.graph().outputs().stream().map(Inspection::describe).toList());
        document.put("parameters", totals.parameters());
        document.put("non-zeros", totals.nonZeros());
        document.put("weights", weights.stream().map(Inspection::describe).toList());
        document.put("not-prunable", blocked.stream().map(Inspection::describe).toList());
        return document;
    }

    /** Returns the inputs without the initializers that models of IR version 3 list among them. */
    private List<ValueInfo> runtimeInputs() {
        return model.graph().inputs().stream()
                .filter(input -> model.graph().initializers().stream()
                        .noneMatch(tensor -> tensor.name().equals(input.name())))
                .toList();
    }

    private static void values(String kind, List<ValueInfo> values, StringBuilder text) {
        for (var value : values) {
            text.append("  %-7s %s %s%s%n".formatted(kind, value.name(), typeOf(value), shapeOf(value)));
        }
    }

    private static Map<String, Object> describe(ValueInfo value) {
        var map = new LinkedHashMap<String, Object>();
        map.put("name", value.name());
        map.put("type", typeOf(value));
        map.put("shape", shapeOf(value));
        return map;
    }

    private static Map<String, Object> describe(Weight weight) {
        var parameter = weight.parameter();
        var map = new LinkedHashMap<String, Object>();
        map.put("name", parameter.name());
        map.put("node", parameter.node());
        map.put("op", parameter.op());
        map.put("shape", parameter.shape());
        map.put("rows", parameter.matrix().rowCount());
        map.put("columns", parameter.matrix().columnCount());
        map.put("size", parameter.size());
        map.put("zeros", weight.zeros());
        return map;
    }

    private static Map<String, Object> describe(Blocked blocked) {
        var map = new LinkedHashMap<String, Object>();
        map.put("name", blocked.name());
        map.put("node", blocked.node());
        map.put("op", blocked.op());
        map.put("reason", blocked.reason());
        return map;
    }

    private static String typeOf(ValueInfo value) {
        return value.type() == null ? "(no tensor)" : value.type().name().toLowerCase(Locale.ROOT);
    }

    private static String shapeOf(ValueInfo value) {
        return value.shape() == null ? "" : value.shape().toString();
    }

    private static double percent(long part, long whole) {
        return whole == 0 ? 0 : 100.0 * part / whole;
    }
}
