package dev.coppice.pipeline.report;

import dev.coppice.prune.quantize.FloatLayer;
import dev.coppice.prune.quantize.QuantizedLayer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The part of a receipt that tells what became int8 and what did not.
 *
 * @param errors relative errors of the model's outputs with one layer alone in int8, by the layer's output, where they were measured
 */
public record Int8Section(
        String kind, List<QuantizedLayer> layers, List<FloatLayer> inFloat, Map<String, Double> errors) {

    private static final String LINE = "  %-44s %-13s %-16s %12s %12s %9s %9s%n";
    private static final String FLOAT = "  %-44s %-13s %s%n";
    private static final int MOST = 40;

    public Int8Section {
        layers = List.copyOf(layers);
        inFloat = List.copyOf(inFloat);
        errors = Map.copyOf(errors);
    }

    /** Returns the share of the weights in int8 that are zero. */
    private double sparsity() {
        long size = layers.stream().mapToLong(QuantizedLayer::size).sum();
        long zeros = layers.stream().mapToLong(QuantizedLayer::zeros).sum();
        return size == 0 ? 0 : (double) zeros / size;
    }

    String text() {
        var text = new StringBuilder();
        if (!layers.isEmpty()) {
            text.append(Printable.format(
                    LINE, "layer in int8", "operator", "shape", "float bytes", "int8 bytes", "sparsity", "error"));
            for (var layer : layers.subList(0, Math.min(MOST, layers.size()))) {
                text.append(Printable.format(
                        LINE,
                        layer.node().label(),
                        layer.node().opType(),
                        layer.shape().toString().replace(" ", ""),
                        Printable.format("%,d", layer.floatBytes()),
                        Printable.format("%,d", layer.int8Bytes()),
                        Printable.format("%.2f %%", layer.size() == 0 ? 0 : 100.0 * layer.zeros() / layer.size()),
                        errors.containsKey(layer.output())
                                ? Printable.format("%.2g", errors.get(layer.output()))
                                : ""));
            }
            more(layers.size(), text);
            text.append(Printable.format(
                    "  %d layers in int8, %.2f %% of their weights zero%n", layers.size(), 100 * sparsity()));
        }
        if (!inFloat.isEmpty()) {
            text.append(Printable.format(FLOAT, "layer in float", "operator", "because"));
            for (var layer : inFloat.subList(0, Math.min(MOST, inFloat.size()))) {
                text.append(Printable.format(FLOAT, layer.node(), layer.op(), layer.reason()));
            }
            more(inFloat.size(), text);
        }
        return text.append(System.lineSeparator()).toString();
    }

    private static void more(int size, StringBuilder text) {
        if (size > MOST) {
            text.append(Printable.format("  ... and %d more (--json has all)%n", size - MOST));
        }
    }

    Map<String, Object> describe() {
        var document = new LinkedHashMap<String, Object>();
        document.put("kind", kind);
        document.put("bits", 8L);
        document.put("sparsity", sparsity());
        document.put("layers", layers.stream().map(this::describe).toList());
        document.put("in-float", inFloat.stream().map(Int8Section::describe).toList());
        return document;
    }

    private Map<String, Object> describe(QuantizedLayer layer) {
        var map = new LinkedHashMap<String, Object>();
        map.put("node", layer.node().label());
        map.put("op", layer.node().opType());
        map.put("weight", layer.weight());
        map.put("shape", layer.shape());
        map.put("size", layer.size());
        map.put("zeros", layer.zeros());
        map.put("float-bytes", layer.floatBytes());
        map.put("int8-bytes", layer.int8Bytes());
        if (errors.containsKey(layer.output())) {
            map.put("error-alone", errors.get(layer.output()));
        }
        return map;
    }

    private static Map<String, Object> describe(FloatLayer layer) {
        var map = new LinkedHashMap<String, Object>();
        map.put("node", layer.node());
        map.put("op", layer.op());
        map.put("weight", layer.weight());
        map.put("reason", layer.reason());
        return map;
    }
}
