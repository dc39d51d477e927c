package dev.coppice.bench.ocr;

import java.util.LinkedHashMap;
import java.util.Map;

/** Settings of the cases by name: 30 % of the multiply-accumulates removed, in ways that differ by what goes and how it is repaired. */
final class OcrCases {

    private OcrCases() {}

    static Map<String, Map<String, Object>> all() {
        var cases = new LinkedHashMap<String, Map<String, Object>>();
        for (var allocate : new String[] {"global", "uniform"}) {
            for (var criterion : new String[] {"l2", "wanda"}) {
                var cut = with(
                        Map.of("granularity", "channel", "max-macs", 0.7),
                        Map.of("allocate", allocate, "criterion", criterion));
                var name = allocate + "/" + criterion;
                cases.put(name + "/cut", cut);
                cases.put(name + "/reconstructed", with(cut, Map.of("reconstruct", true)));
                var distil = with(
                        cut, Map.of("distill", 1, "optimizer", "adamw", "lr", 1e-3, "batch", 8, "clip", 1, "seed", 1));
                cases.put(name + "/distilled", distil);
                cases.put(name + "/reconstructed-distilled", with(distil, Map.of("reconstruct", true)));
            }
        }
        return cases;
    }

    private static Map<String, Object> with(Map<String, Object> settings, Map<String, Object> more) {
        var all = new LinkedHashMap<>(settings);
        all.putAll(more);
        return all;
    }
}
