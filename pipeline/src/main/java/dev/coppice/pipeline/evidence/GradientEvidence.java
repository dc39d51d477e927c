package dev.coppice.pipeline.evidence;

import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Model;
import dev.coppice.pipeline.data.Batching;
import dev.coppice.pipeline.data.TrainingData;
import dev.coppice.pipeline.data.spec.DataSpec;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.prune.score.Evidence;
import dev.coppice.prune.score.Findings;
import dev.coppice.prune.score.Values;
import dev.coppice.train.Gradients;
import dev.coppice.train.Gradients.Sum;
import dev.coppice.train.Loss;
import dev.coppice.train.data.TrainBatch;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What gradients of a loss on calibration data tell about weights, by the name of the constant. The loss is that of the data's targets: cross-entropy
 * of classes, squared error, CTC, the next token; without targets half the mean square of the outputs, whose gradient tells how much
 * they depend on a weight (Aljundi et al. 2018, Memory Aware Synapses, section 4.1).
 */
public final class GradientEvidence {

    /** Samples of a batch, by which {@code SQUARED_BATCH_GRADIENT} is defined. */
    private static final int BATCH = 16;

    private static final int WINDOWS = 4;

    private final Model model;
    private final CalibrationData data;
    private final int threads;
    private final Progress progress;

    private GradientEvidence(Model model, CalibrationData data, int threads, Progress progress) {
        this.model = model;
        this.data = data;
        this.threads = threads;
        this.progress = progress;
    }

    /**
     * Differentiates over the data: once in batches, once sample by sample, and once more for the Hessian, as the kinds ask for.
     *
     * @param kinds what to collect; kinds that do not come from gradients are left out
     * @throws dev.coppice.ir.BadModelException when an operator cannot be differentiated
     * @throws dev.coppice.ir.BadInputException when the data cannot be used
     */
    public static Findings of(Model model, Set<Evidence> kinds, CalibrationData data, int threads, Progress progress) {
        var self = new GradientEvidence(model, data, threads, progress);
        var findings = Findings.NONE;
        var sums = EnumSet.noneOf(Sum.class);
        if (kinds.contains(Evidence.GRADIENT) || kinds.contains(Evidence.HESSIAN_GRADIENT)) {
            sums.add(Sum.GRADIENT);
        }
        if (kinds.contains(Evidence.SQUARED_BATCH_GRADIENT)) {
            sums.add(Sum.SQUARE);
        }
        if (kinds.contains(Evidence.HESSIAN_GRADIENT)) {
            sums.add(Sum.HESSIAN_PRODUCT);
        }
        if (!sums.isEmpty()) {
            findings = self.inBatches(kinds, sums);
        }
        if (kinds.contains(Evidence.SQUARED_SAMPLE_GRADIENT)) {
            findings = self.bySample(findings);
        }
        return findings;
    }

    private Findings inBatches(Set<Evidence> kinds, Set<Sum> sums) {
        int batch = batch(data.spec());
        try (var gradients = gradients(batch, sums)) {
            forEach(batch, gradients::add);
            if (sums.contains(Sum.HESSIAN_PRODUCT)) {
                forEach(batch, gradients::addHessianProduct);
            }
            var findings = Findings.NONE;
            for (var kind : kinds) {
                findings = switch (kind) {
                    case GRADIENT -> findings.with(kind, means(gradients, Sum.GRADIENT));
                    case SQUARED_BATCH_GRADIENT -> findings.with(kind, means(gradients, Sum.SQUARE));
                    case HESSIAN_GRADIENT -> findings.with(kind, means(gradients, Sum.HESSIAN_PRODUCT));
                    default -> findings;
                };
            }
            return findings;
        }
    }

    static int batch(DataSpec spec) {
        return spec instanceof DataSpec.Tokens ? WINDOWS : BATCH;
    }

    private Findings bySample(Findings findings) {
        try (var gradients = gradients(1, Set.of(Sum.SQUARE))) {
            forEach(1, gradients::add);
            return findings.with(Evidence.SQUARED_SAMPLE_GRADIENT, means(gradients, Sum.SQUARE));
        }
    }

    private Gradients gradients(int batch, Set<Sum> sums) {
        var first = new TrainBatch[1];
        forEach(batch, example -> first[0] = first[0] == null ? example : first[0], 1);
        var losses = List.of(new Loss.Weighted(1, loss(data.spec(), first[0])));
        return new Gradients(model, Optional.empty(), new Gradients.Spec(losses, false, false, sums), threads);
    }

    static Loss loss(DataSpec spec, TrainBatch example) {
        if (spec instanceof DataSpec.Tokens) {
            return new Loss.NextToken();
        }
        if (example.targets().isEmpty()) {
            return new Loss.OutputEnergy();
        }
        var targets = example.targets().get();
        if (targets.type() != DType.INT64) {
            return new Loss.MeanSquaredError();
        }
        return targets.dims().size() == 2 ? new Loss.Ctc(0) : new Loss.CrossEntropy(0);
    }

    private void forEach(int batch, Consumer<TrainBatch> action) {
        forEach(batch, action, Integer.MAX_VALUE);
    }

    private void forEach(int batch, Consumer<TrainBatch> action, int most) {
        var source = TrainingData.open(
                data.spec(),
                data.limited(),
                data.inputs(),
                Batching.of(batch, 0).inOrder());
        try (var epoch = source.epoch(0, 0)) {
            int done = 0;
            for (var next = epoch.next(); next != null && done < most; next = epoch.next()) {
                progress.update("differentiate", done, source.batches(), "batches");
                action.accept(next);
                done++;
            }
        }
    }

    /** Returns the mean of a sum over the batches, by constant. */
    static Map<String, Values> means(Gradients gradients, Sum sum) {
        var means = new HashMap<String, Values>();
        for (var name : gradients.names()) {
            var total = gradients.sum(name, sum);
            var values = new double[Math.toIntExact(total.size())];
            Elements.doubles(total, 0, values, values.length);
            var numbers = new float[values.length];
            for (int i = 0; i < values.length; i++) {
                numbers[i] = (float) (values[i] / gradients.batches());
            }
            means.put(name, new Values.Elements(numbers));
        }
        return means;
    }
}
