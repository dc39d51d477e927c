package dev.coppice.pipeline.quantize;

import dev.coppice.ir.Model;
import dev.coppice.ir.host.TemporaryFolder;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.pipeline.data.ModelInputs;
import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.spec.DataOptions.Split;
import dev.coppice.pipeline.data.spec.DataSpec;
import dev.coppice.pipeline.measure.Evaluation;
import dev.coppice.pipeline.measure.Evaluator;
import dev.coppice.pipeline.measure.Quality;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.prune.quantize.Quantization;
import dev.coppice.prune.quantize.QuantizedLayer;
import dev.coppice.prune.quantize.Quantizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Finds which layers must stay in float so that int8 costs at most a given drop in quality. Each layer is first quantized alone, and
 * the error that this makes in the model's outputs is measured; then the layers with the greatest errors are left in float, as few
 * as will do, which a binary search finds.
 */
public final class MaxDrop {

    /** Samples that are enough to rank layers by the error of the outputs. */
    private static final long RANKING_SAMPLES = 64;

    /** The most samples on which the drop is measured, unless the data's limit says otherwise. */
    private static final long QUALITY_SAMPLES = 2000;

    private final Model model;
    private final Quantizer quantizer;
    private final double maxDrop;
    private final DataSpec data;
    private final DataOptions options;
    private final int threads;
    private final Progress progress;

    /** One layer alone in int8: what that does to the outputs, as {@code |y' - y| / |y|} over all samples. */
    public record Sensitivity(QuantizedLayer layer, double relativeError) {}

    /**
     * What was found.
     *
     * @param sensitivities the most sensitive layer first
     * @param inFloat how many of them had to be left in float
     * @param before quality of the float model, {@code after} that of the quantized one, on the same samples
     */
    public record Outcome(
            Quantization quantization, List<Sensitivity> sensitivities, int inFloat, Quality before, Quality after) {

        public Outcome {
            sensitivities = List.copyOf(sensitivities);
        }
    }

    /**
     * Prepares a search.
     *
     * @param model in float
     * @param quantizer makes it int8
     * @param data to measure on; without labels the outputs of the float model are the measure
     */
    public MaxDrop(
            Model model,
            Quantizer quantizer,
            double maxDrop,
            DataSpec data,
            DataOptions options,
            int threads,
            Progress progress) {
        this.model = model;
        this.quantizer = quantizer;
        this.maxDrop = maxDrop;
        this.data = data;
        this.options = options;
        this.threads = threads;
        this.progress = progress;
    }

    /** Searches; errors as for {@link Evaluator#evaluate}. */
    public Outcome search() {
        try (var folder = TemporaryFolder.make("int8")) {
            return search(folder.file("float.onnx"), folder.file("int8.onnx"));
        }
    }

    private Outcome search(Path floats, Path int8) {
        OnnxWriter.write(model, floats);
        var before = quality(floats, floats);
        var all = quantizer.quantize(Map.of());
        var after = quality(all, int8, floats);
        if (all.isEmpty() || drop(before, after) <= maxDrop) {
            return new Outcome(all, List.of(), 0, before, after);
        }
        var ranked = rank(all.layers(), floats, int8);
        int enough = ranked.size();
        int tooFew = 0;
        var best = without(ranked, enough);
        var reached = before;
        while (enough - tooFew > 1) {
            int middle = (enough + tooFew) >>> 1;
            progress.update("layers in float", middle, ranked.size(), "layers");
            var some = without(ranked, middle);
            var quality = quality(some, int8, floats);
            if (drop(before, quality) <= maxDrop) {
                enough = middle;
                best = some;
                reached = quality;
            } else {
                tooFew = middle;
            }
        }
        return new Outcome(best, ranked, enough, before, reached);
    }

    private List<Sensitivity> rank(List<QuantizedLayer> layers, Path floats, Path int8) {
        var ranked = new ArrayList<Sensitivity>();
        for (var layer : layers) {
            progress.update("sensitivity", ranked.size(), layers.size(), "layers");
            var others = new HashMap<String, String>();
            layers.forEach(other -> others.put(other.output(), "not measured now"));
            others.remove(layer.output());
            OnnxWriter.write(quantizer.quantize(others).model(), int8);
            var evaluation = new Evaluation(int8, Optional.of(floats), data, limited(RANKING_SAMPLES), threads);
            var error = Evaluator.evaluate(evaluation, Progress.NONE).more().getOrDefault("relative-error", 0.0);
            ranked.add(new Sensitivity(layer, error));
        }
        // A stable sort: layers of equal error stay in graph order.
        ranked.sort(Comparator.comparingDouble(Sensitivity::relativeError).reversed());
        return ranked;
    }

    private Quantization without(List<Sensitivity> ranked, int count) {
        var inFloat = new HashMap<String, String>();
        for (var sensitivity : ranked.subList(0, count)) {
            inFloat.put(
                    sensitivity.layer().output(),
                    String.format(
                            Locale.ROOT,
                            "left in float for the quality: alone in int8 it changes the outputs by %.2g",
                            sensitivity.relativeError()));
        }
        return quantizer.quantize(inFloat);
    }

    private Quality quality(Quantization quantization, Path int8, Path floats) {
        OnnxWriter.write(quantization.model(), int8);
        return quality(int8, floats);
    }

    private Quality quality(Path file, Path floats) {
        var evaluation = Evaluation.of(file, data, limited(QUALITY_SAMPLES)).withThreads(threads);
        return Evaluator.evaluate(
                data.isUnlabelled(ModelInputs.of(OnnxReader.read(floats)))
                        ? evaluation.withReference(floats)
                        : evaluation,
                progress);
    }

    private DataOptions limited(long samples) {
        // The test part, where there is one, is for the receipt: layers are not chosen by what they are judged on.
        return options.orSplit(data, Split.TRAIN)
                .withLimit(Math.min(samples, options.limit().orElse(samples)));
    }

    private static double drop(Quality before, Quality after) {
        double gained = after.value() - before.value();
        return before.higherIsBetter() ? -gained : gained;
    }
}
