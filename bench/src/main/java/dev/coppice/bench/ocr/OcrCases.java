package dev.coppice.bench.ocr;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Settings of the cases by name: 30 % of the multiply-accumulates removed, in ways that differ by what goes and how it is repaired. */
final class OcrCases {

    private OcrCases() {}

    static Map<String, Map<String, Object>> all() {
        var cases = new LinkedHashMap<String, Map<String, Object>>();
        for (var allocate : List.of("global", "uniform")) {
            for (var criterion : List.of("wanda", "l2")) {
                add(cases, allocate + "/" + criterion, Map.of("allocate", allocate, "criterion", criterion));
            }
        }
        add(cases, "global/wanda/round-16", Map.of("allocate", "global", "criterion", "wanda", "round-to", 16));
        return cases;
    }

    private static void add(Map<String, Map<String, Object>> cases, String name, Map<String, Object> way) {
        var cut = with(way, Map.of("granularity", "channel", "max-macs", 0.7));
        var repaired = with(cut, Map.of("repair", "least-squares"));
        // Most of its convolutions have no BatchNormalization: a higher rate would ruin what least squares has
        // repaired.
        var training = Map.<String, Object>of(
                "distill", 1, "optimizer", "adamw", "lr", 1e-4, "batch", 8, "clip", 1, "seed", 1);
        cases.put(name + "/cut", cut);
        cases.put(name + "/reconstructed", repaired);
        var distilled = with(repaired, training);
        cases.put(name + "/distilled", distilled);
        cases.put(name + "/features", with(distilled, Map.of("feature-weight", 64)));
    }

    private static Map<String, Object> with(Map<String, Object> settings, Map<String, Object> more) {
        var all = new LinkedHashMap<>(settings);
        all.putAll(more);
        return all;
    }
}
