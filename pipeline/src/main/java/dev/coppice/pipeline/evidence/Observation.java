package dev.coppice.pipeline.evidence;

import dev.coppice.ir.Model;
import dev.coppice.pipeline.progress.Progress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs a model over calibration data once, and adds up what it sees of some values: batch by batch, keeping none. */
final class Observation {

    private final Map<Watch, AxisSums> sums = new LinkedHashMap<>();

    /** Asks for the squares at an axis. */
    void squares(Watch watch) {
        sums.putIfAbsent(watch, new AxisSums(watch, false, 0));
    }

    /** Asks for everything about an axis; magnitudes up to {@code threshold} count as zeros. */
    void all(Watch watch, double threshold) {
        sums.put(watch, new AxisSums(watch, true, threshold));
    }

    AxisSums of(Watch watch) {
        var own = sums.get(watch);
        if (own == null) {
            throw new IllegalArgumentException(watch + " was not observed");
        }
        return own;
    }

    /**
     * Runs the model.
     *
     * @throws dev.coppice.ir.BadModelException when the model does not run
     * @throws dev.coppice.ir.BadInputException when the data cannot be read, is empty or does not fit
     */
    void run(Model model, Samples data, int threads, Progress progress) {
        var byValue = new HashMap<String, List<AxisSums>>();
        sums.forEach((watch, own) ->
                byValue.computeIfAbsent(watch.value(), _ -> new ArrayList<>()).add(own));
        if (byValue.isEmpty()) {
            return;
        }
        try (var tapped = Tapped.open(model, byValue.keySet().stream().sorted().toList(), threads)) {
            data.forEach(
                    progress,
                    batch -> tapped.run(batch).forEach((value, output) -> {
                        var elements = output.toFloats();
                        byValue.getOrDefault(value, List.of()).forEach(own -> own.add(batch, output, elements));
                    }));
        }
    }
}
