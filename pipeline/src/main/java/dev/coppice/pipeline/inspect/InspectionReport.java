package dev.coppice.pipeline.inspect;

import dev.coppice.ir.ValueInfo;
import dev.coppice.pipeline.report.Printable;
import dev.coppice.prune.Blocked;
import dev.coppice.prune.group.BodyWeights;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/** Writes inspections, as text for people and as plain values for JSON. */
public final class InspectionReport {

    private static final String LINE = "  %-44s %-13s %-18s %12s %15s %9s%n";

    private InspectionReport() {}

    public static final String REORDERED =
            "nodes stood before others whose values they use: they are sorted here and in what is written";

    /** Returns the inspection for people. */
    public static String text(Inspection inspection) {
        var text = new StringBuilder();
        var model = inspection.model();
        text.append(Printable.format(
                "%s: ONNX opset %d, %,d nodes%n",
                inspection.file(), model.opset(), model.graph().nodes().size()));
        if (model.origins().isReordered()) {
            text.append(Printable.format("note: %s%n", REORDERED));
        }
        values("input", inspection.runtimeInputs(), text);
        values("output", model.graph().outputs(), text);
        totals(inspection, text);
        weights(inspection, text);
        quantized(inspection, text);
        for (var refusal : inspection.weights().blocked()) {
            if (inspection.weights().quantized().stream()
                    .anyMatch(weight -> weight.node().equals(refusal.node()))) {
                continue; // the table of quantized weights has it
            }
            text.append(Printable.format(
                    "not prunable: %s (%s, node %s): %s%n",
                    refusal.name(), refusal.op(), refusal.node(), refusal.reason()));
        }
        var inBodies = BodyWeights.of(model);
        if (!inspection.groups().isEmpty() || !inBodies.isEmpty()) {
            text.append(System.lineSeparator()).append(GroupReport.text(inspection.groups(), inBodies));
        }
        text.append(BranchReport.text(inspection.branches()));
        return text.toString();
    }

    private static void totals(Inspection inspection, StringBuilder text) {
        var totals = inspection.weights().totals();
        long zeros = totals.parameters() - totals.nonZeros();
        text.append(Printable.format(
                "%n  parameters %,d, of which %,d are zero (%.2f %%)%n",
                totals.parameters(), zeros, percent(zeros, totals.parameters())));
        if (totals.effective() < totals.nonZeros()) {
            text.append(Printable.format(
                    "  %,d more cannot influence an output: the channels that they belong to are empty (effective"
                            + " sparsity %.2f %%)%n",
                    totals.nonZeros() - totals.effective(),
                    percent(totals.parameters() - totals.effective(), totals.parameters())));
        }
        inspection
                .cost()
                .ifPresentOrElse(
                        cost -> text.append(Printable.format(
                                "  MACs %s%,d, bytes moved %,d, peak activations %,d bytes, at %s%n",
                                cost.isComplete() ? "" : "at least ",
                                cost.macs(),
                                cost.bytesMoved(),
                                cost.peakActivationBytes(),
                                new TreeMap<>(cost.inputShapes()))),
                        () -> text.append(Printable.format("  MACs not counted: %s%n", inspection.noCost())));
        text.append(System.lineSeparator());
    }

    private static void weights(Inspection inspection, StringBuilder text) {
        text.append(Printable.format(LINE, "prunable weight", "operator", "shape", "size", "MACs", "sparsity"));
        long size = 0;
        for (var weight : inspection.weights().prunable()) {
            var parameter = weight.parameter();
            size += parameter.size();
            text.append(Printable.format(
                    LINE,
                    parameter.name(),
                    parameter.op(),
                    parameter.shape().toString().replace(" ", ""),
                    count(parameter.size()),
                    macs(weight.macs()),
                    Printable.format(
                            "%.2f %%",
                            percent(weight.zeros(), parameter.source().size()))));
        }
        text.append(
                Printable.format(LINE, inspection.weights().prunable().size() + " weights", "", "", count(size), "", "")
                        .stripTrailing());
        text.append(System.lineSeparator());
    }

    private static void quantized(Inspection inspection, StringBuilder text) {
        if (inspection.weights().quantized().isEmpty()) {
            return;
        }
        text.append(System.lineSeparator());
        text.append(
                Printable.format(LINE, "quantized weight", "operator", "shape", "size", "bits, pattern", "sparsity"));
        for (var weight : inspection.weights().quantized()) {
            text.append(Printable.format(
                    LINE,
                    weight.name(),
                    weight.op(),
                    weight.shape().toString().replace(" ", ""),
                    count(weight.size()),
                    weight.bits() + (weight.pattern().isEmpty() ? "" : ", " + weight.pattern()),
                    Printable.format("%.2f %%", percent(weight.zeros(), weight.size()))));
        }
        text.append(Printable.format(
                "%d weights are quantized: prune the float model first, then make the result int8%n",
                inspection.weights().quantized().size()));
    }

    private static String macs(OptionalLong macs) {
        return macs.isPresent() ? count(macs.getAsLong()) : "?";
    }

    private static String count(long value) {
        return Printable.format("%,d", value);
    }

    /** Returns the inspection as plain values for JSON. */
    public static Map<String, Object> describe(Inspection inspection) {
        var document = new LinkedHashMap<String, Object>();
        var model = inspection.model();
        document.put("model", inspection.file().toString());
        document.put("opset", model.opset());
        document.put("ir-version", model.irVersion());
        document.put("nodes", model.graph().nodes().size());
        document.put("inputs", describe(inspection.runtimeInputs()));
        document.put("outputs", describe(model.graph().outputs()));
        document.put("parameters", inspection.weights().totals().parameters());
        document.put("non-zeros", inspection.weights().totals().nonZeros());
        document.put("non-zeros-effective", inspection.weights().totals().effective());
        if (!inspection.noCost().isEmpty()) {
            document.put("macs-not-counted", inspection.noCost());
        }
        inspection.cost().ifPresent(cost -> {
            document.put("input-shapes", new TreeMap<>(cost.inputShapes()));
            document.put("macs", cost.macs());
            document.put("macs-effective", cost.effectiveMacs());
            document.put("bytes-moved", cost.bytesMoved());
            document.put("peak-activation-bytes", cost.peakActivationBytes());
            document.put("macs-complete", cost.isComplete());
        });
        document.put(
                "weights",
                inspection.weights().prunable().stream()
                        .map(InspectionReport::describe)
                        .toList());
        document.put(
                "quantized",
                inspection.weights().quantized().stream()
                        .map(InspectionReport::describe)
                        .toList());
        document.put(
                "not-prunable",
                inspection.weights().blocked().stream()
                        .map(InspectionReport::describe)
                        .toList());
        document.put("groups", GroupReport.describe(inspection.groups()));
        document.put(
                "in-bodies",
                BodyWeights.of(inspection.model()).stream()
                        .map(InspectionReport::describe)
                        .toList());
        document.put("branches", BranchReport.describe(inspection.branches()));
        return document;
    }

    private static void values(String kind, List<ValueInfo> values, StringBuilder text) {
        for (var value : values) {
            text.append(Printable.format("  %-7s %s %s%s%n", kind, value.name(), typeOf(value), shapeOf(value)));
        }
    }

    private static List<Map<String, Object>> describe(List<ValueInfo> values) {
        return values.stream()
                .map(value -> {
                    Map<String, Object> map = new LinkedHashMap<>();
                    map.put("name", value.name());
                    map.put("type", typeOf(value));
                    map.put("shape", shapeOf(value));
                    return map;
                })
                .toList();
    }

    private static Map<String, Object> describe(Inspection.Weight weight) {
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
        weight.macs().ifPresent(macs -> map.put("macs", macs));
        return map;
    }

    private static Map<String, Object> describe(Inspection.Quantized weight) {
        var map = new LinkedHashMap<String, Object>();
        map.put("name", weight.name());
        map.put("node", weight.node());
        map.put("op", weight.op());
        map.put("shape", weight.shape());
        map.put("bits", (long) weight.bits());
        map.put("size", weight.size());
        map.put("zeros", weight.zeros());
        if (!weight.pattern().isEmpty()) {
            map.put("pattern", weight.pattern());
        }
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
