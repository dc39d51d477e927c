package dev.coppice.pipeline.quantize;

import dev.coppice.ir.Model;
import dev.coppice.pipeline.evidence.ActivationRanges;
import dev.coppice.pipeline.evidence.RangeMethod;
import dev.coppice.pipeline.evidence.Samples;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.prune.quantize.ActivationRange;
import dev.coppice.prune.quantize.Quantizer;
import dev.coppice.prune.quantize.StaticInt8;
import java.util.Map;

/**
 * Static int8: the ranges of a model's activations, measured once, and any number of quantizations with them.
 *
 * <pre>{@code
 * var request = new StaticInt8.Request(Selection.ALL, Int8Range.FULL);
 * var samples = new CalibrationData(spec, options, inputs, 256);
 * var quantization = StaticQuantization.calibrate(model, request, samples, RangeMethod.MSE, threads, progress).quantize(Map.of());
 * }</pre>
 */
public final class StaticQuantization {

    private StaticQuantization() {}

    /**
     * Measures the ranges of a model's activations.
     *
     * @throws dev.coppice.ir.BadModelException when the model does not run
     * @throws dev.coppice.ir.BadInputException when there is no data, or it does not fit
     */
    public static Quantizer calibrate(
            Model model,
            StaticInt8.Request request,
            Samples samples,
            RangeMethod method,
            int threads,
            Progress progress) {
        var int8 = StaticInt8.of(model, request);
        var observed = int8.observed();
        return int8.with(
                observed.isEmpty()
                        ? Map.<String, ActivationRange>of()
                        : ActivationRanges.observe(int8.prepared(), observed, samples, method, threads, progress));
    }
}
