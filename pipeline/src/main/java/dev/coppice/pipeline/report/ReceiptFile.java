package dev.coppice.pipeline.report;

import dev.coppice.ir.BadInputException;
import dev.coppice.pipeline.report.Measurement.Unit;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads the receipts that {@link Receipt#describe} has written. */
public final class ReceiptFile {

    private ReceiptFile() {}

    /**
     * Reads a receipt.
     *
     * @return empty for one that tells of layers in int8, which are not read back
     * @throws BadInputException when the file is missing or no receipt
     */
    public static Optional<Receipt> read(Path file) {
        var document = Json.document(file, "check that the run has finished");
        if (!(document.get("after") instanceof Map)) {
            throw new BadInputException(file + " is no receipt", "a run directory's receipt.json is one");
        }
        return document.containsKey("int8") ? Optional.empty() : Optional.of(receipt(document));
    }

    private static Receipt receipt(Map<?, ?> document) {
        var layers = new ArrayList<Receipt.Layer>();
        for (var weight : maps(document.get("weights"))) {
            layers.add(new Receipt.Layer(
                    text(weight, "name"),
                    text(weight, "node"),
                    text(weight, "op"),
                    shape(weight.get("shape")),
                    whole(weight, "pruned"),
                    whole(weight, "zeros")));
        }
        var groups = new ArrayList<Receipt.Group>();
        for (var group : maps(document.get("groups"))) {
            groups.add(new Receipt.Group(
                    text(group, "name"), text(group, "node"), text(group, "kind"), (int) whole(group, "before"), (int)
                            whole(group, "after")));
        }
        var refusals = new ArrayList<Receipt.Refusal>();
        for (var refusal : maps(document.get("not-pruned"))) {
            refusals.add(new Receipt.Refusal(
                    text(refusal, "name"), text(refusal, "node"), text(refusal, "op"), text(refusal, "reason")));
        }
        return new Receipt(
                new Receipt.Change(
                        text(document, "model"),
                        text(document, "output"),
                        text(document, "what"),
                        Boolean.TRUE.equals(document.get("target-reached"))),
                measurements(document),
                layers,
                groups,
                refusals,
                Optional.empty(),
                int8Alone(document),
                document.get("notes") instanceof List<?> notes
                        ? notes.stream().map(String::valueOf).toList()
                        : List.of());
    }

    private static Map<String, Double> int8Alone(Map<?, ?> document) {
        var figures = new HashMap<String, Double>();
        map(document.get("int8-alone")).forEach((name, value) -> {
            if (value instanceof Number number) {
                figures.put(name.toString(), number.doubleValue());
            }
        });
        return figures;
    }

    private static List<Measurement> measurements(Map<?, ?> document) {
        var list = new ArrayList<Measurement>();
        var before = map(document.get("before"));
        var remarks = map(document.get("remarks"));
        map(document.get("after")).forEach((name, value) -> {
            if (value instanceof Number after && before.get(name) instanceof Number dense) {
                list.add(new Measurement(
                        name.toString(),
                        unit(name.toString()),
                        dense.doubleValue(),
                        after.doubleValue(),
                        remarks.get(name) instanceof String remark ? remark : ""));
            }
        });
        return list;
    }

    private static Unit unit(String name) {
        return switch (name) {
            case "parameters", "non-zeros", "non-zeros-effective", "macs", "macs-effective" -> Unit.COUNT;
            case "bytes", "bytes-packed", "bytes-gzip", "bytes-moved", "peak-activation-bytes" -> Unit.BYTES;
            case "latency-ms" -> Unit.MILLISECONDS;
            case "energy-joules" -> Unit.JOULES;
            default -> Unit.NUMBER;
        };
    }

    private static List<Long> shape(@Nullable Object value) {
        var shape = new ArrayList<Long>();
        for (var size : value instanceof List<?> list ? list : List.of()) {
            shape.add(size instanceof Number number ? number.longValue() : 0L);
        }
        return shape;
    }

    private static List<Map<?, ?>> maps(@Nullable Object value) {
        var maps = new ArrayList<Map<?, ?>>();
        for (var entry : value instanceof List<?> list ? list : List.of()) {
            maps.add(map(entry));
        }
        return maps;
    }

    private static Map<?, ?> map(@Nullable Object value) {
        return value instanceof Map<?, ?> map ? map : Map.of();
    }

    private static String text(Map<?, ?> map, String name) {
        @Nullable Object value = map.get(name);
        return value == null ? "" : value.toString();
    }

    private static long whole(Map<?, ?> map, String name) {
        return map.get(name) instanceof Number number ? number.longValue() : 0;
    }
}
