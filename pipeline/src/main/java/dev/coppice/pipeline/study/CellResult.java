package dev.coppice.pipeline.study;

import dev.coppice.pipeline.report.Measurement;
import dev.coppice.pipeline.report.Receipt;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What came of one cell, in the terms of ShrinkBench (Blalock et al. 2020, What is the state of neural network pruning?).
 *
 * @param at the choice on each axis
 * @param figures by name; see {@link #of}
 * @param failure why there are none; empty when there are
 */
public record CellResult(
        String key, Map<String, String> at, String metric, Map<String, Double> figures, String failure) {

    static final String QUALITY = "quality";
    static final String DENSE = "dense";
    static final String SPARSITY = "sparsity-direct";
    static final String EFFECTIVE = "sparsity-effective";
    static final String COMPRESSION = "compression";
    static final String THEORETICAL = "speed-up-theoretical";
    static final String MEASURED = "speed-up-measured";

    public CellResult {
        at = new LinkedHashMap<>(at);
        figures = new LinkedHashMap<>(figures);
    }

    /**
     * Takes from a receipt: quality and that of the dense model; direct and effective sparsity (share of all parameters that are gone or
     * zero, and that no longer influence an output); compression (parameters before by non-zeros after); theoretical speed-up
     * (multiply-accumulates before by those of weights other than zero after) and, where it was measured, that of the runtime.
     */
    static CellResult of(String key, Map<String, String> at, Receipt receipt, double seconds) {
        var figures = new LinkedHashMap<String, Double>();
        var quality = receipt.measurements().stream()
                .filter(measurement -> measurement.unit() == Measurement.Unit.NUMBER)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("a cell without a measure of quality"));
        figures.put(QUALITY, quality.after());
        figures.put(DENSE, quality.before());
        double parameters = named(receipt, "parameters").orElseThrow().before();
        double nonZeros = named(receipt, "non-zeros").orElseThrow().after();
        double effective = named(receipt, "non-zeros-effective").orElseThrow().after();
        figures.put(SPARSITY, 1 - nonZeros / parameters);
        figures.put(EFFECTIVE, 1 - effective / parameters);
        figures.put(COMPRESSION, parameters / nonZeros);
        named(receipt, "macs")
                .ifPresent(macs -> named(receipt, "macs-effective")
                        .ifPresent(left -> figures.put(THEORETICAL, macs.before() / left.after())));
        named(receipt, "latency-ms").ifPresent(latency -> figures.put(MEASURED, latency.before() / latency.after()));
        named(receipt, "bytes").ifPresent(bytes -> figures.put("bytes-ratio", bytes.before() / bytes.after()));
        figures.put("seconds", seconds);
        return new CellResult(key, at, quality.name(), figures, "");
    }

    private static Optional<Measurement> named(Receipt receipt, String name) {
        return receipt.measurements().stream()
                .filter(measurement -> measurement.name().equals(name))
                .findFirst();
    }

    static CellResult failed(String key, Map<String, String> at, String failure) {
        return new CellResult(key, at, "", Map.of(), failure);
    }

    OptionalDouble figure(String name) {
        var value = figures.get(name);
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
    }

    /** Returns the line that a log keeps. */
    Map<String, Object> describe() {
        var line = new LinkedHashMap<String, Object>();
        line.put("key", key);
        line.put("cell", at);
        if (failure.isEmpty()) {
            line.put("metric", metric);
            line.putAll(figures);
        } else {
            line.put("failure", failure);
        }
        return line;
    }

    /** Reads a line of a log. */
    static CellResult of(Map<String, Object> line) {
        var at = new LinkedHashMap<String, String>();
        if (line.get("cell") instanceof Map<?, ?> map) {
            map.forEach((axis, choice) -> at.put(String.valueOf(axis), String.valueOf(choice)));
        }
        var figures = new LinkedHashMap<String, Double>();
        line.forEach((name, value) -> {
            if (value instanceof Number number) {
                figures.put(name, number.doubleValue());
            }
        });
        return new CellResult(
                String.valueOf(line.get("key")),
                at,
                String.valueOf(line.getOrDefault("metric", "")),
                figures,
                String.valueOf(line.getOrDefault("failure", "")));
    }
}
