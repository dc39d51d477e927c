package dev.coppice.pipeline.evidence;

import dev.coppice.ir.Model;
import dev.coppice.ir.Shape;
import dev.coppice.ir.shape.ShapeInference;
import dev.coppice.pipeline.data.Batch;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.prune.quantize.ActivationRange;
import dev.coppice.runtime.ort.HostTensor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds the ranges of activations on calibration data. Data and activations stream: as many values are observed in one pass, and as many
 * samples run at once, as fit in a budget of memory; of each value a histogram is kept.
 */
public final class ActivationRanges {

    private static final long BUDGET = 256L << 20;

    private final Model model;
    private final Samples samples;
    private final int threads;
    private final Progress progress;
    private final Map<String, ActivationHistogram> histograms = new LinkedHashMap<>();

    private ActivationRanges(Model model, Samples samples, int threads, Progress progress) {
        this.model = model;
        this.samples = samples;
        this.threads = threads;
        this.progress = progress;
    }

    /**
     * Runs a model over all samples.
     *
     * @param values float32 values to observe
     * @return their ranges; none for a value that was not finite or never came to be
     * @throws dev.coppice.ir.BadInputException when there are no samples
     * @throws dev.coppice.ir.BadModelException when the model does not run
     */
    public static Map<String, ActivationRange> observe(
            Model model,
            Collection<String> values,
            Samples samples,
            RangeMethod method,
            int threads,
            Progress progress) {
        var observation = new ActivationRanges(model, samples, threads, progress);
        observation.run(values);
        var ranges = new HashMap<String, ActivationRange>();
        observation.histograms.forEach((value, histogram) -> {
            if (histogram.isFinite() && histogram.total() > 0) {
                ranges.put(value, method.range(histogram));
            }
        });
        return ranges;
    }

    private void run(Collection<String> values) {
        var bytes = bytes(values);
        var pass = new ArrayList<String>();
        long held = 0;
        for (var value : values) {
            long own = bytes.getOrDefault(value, 0L);
            if (held + own > BUDGET && !pass.isEmpty()) {
                observe(pass, held);
                pass.clear();
                held = 0;
            }
            pass.add(value);
            held += own;
        }
        if (!pass.isEmpty()) {
            observe(pass, held);
        }
    }

    /** Returns how many bytes values take for one sample, the first, where that can be inferred. */
    private Map<String, Long> bytes(Collection<String> values) {
        var bytes = new HashMap<String, Long>();
        samples.read(1, Progress.NONE, batch -> {
            var given = new HashMap<String, Shape>();
            batch.inputs().forEach((name, tensor) -> given.put(name, Shape.of(tensor.dims())));
            var shapes = ShapeInference.infer(model, given);
            for (var value : values) {
                shapes.shape(value)
                        .ifPresent(shape ->
                                bytes.put(value, Float.BYTES * shape.elements().orElse(0)));
            }
            return false;
        });
        return bytes;
    }

    private void observe(List<String> values, long bytesASample) {
        for (var value : values) {
            histograms.put(value, new ActivationHistogram());
        }
        int most = Math.clamp(BUDGET / Math.max(1, bytesASample), 1, Samples.BATCH);
        try (var tapped = Tapped.open(model, values, threads)) {
            samples.read(most, progress, batch -> {
                var outputs = tapped.run(batch);
                for (var value : values) {
                    var output = outputs.get(value);
                    var histogram = histograms.get(value);
                    if (output != null && histogram != null) {
                        add(batch, output, histogram);
                    }
                }
                return true;
            });
        }
    }

    /** Adds runs of elements that count. */
    private static void add(Batch batch, HostTensor output, ActivationHistogram histogram) {
        var values = output.toFloats();
        var positions = Positions.of(batch, output.dims());
        long from = 0;
        for (long at = 0; at < values.length; at += positions.run()) {
            if (!positions.counts(at)) {
                histogram.add(values, (int) from, (int) at);
                from = Math.min(values.length, at + positions.run());
            }
        }
        histogram.add(values, (int) from, values.length);
    }
}
