package dev.coppice.pipeline.evidence;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Model;
import dev.coppice.ir.Tensor;
import dev.coppice.pipeline.data.Batching;
import dev.coppice.pipeline.data.TrainingData;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.prune.score.Evidence;
import dev.coppice.prune.score.Findings;
import dev.coppice.prune.score.Values;
import dev.coppice.train.DivergedException;
import dev.coppice.train.Loss;
import dev.coppice.train.UpdateStatistics;
import dev.coppice.train.UpdateStatistics.Kind;
import dev.coppice.train.data.TrainData;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What a short training tells about weights, by the name of the constant; the model stays as it is. The training: plain gradient descent at a
 * small constant rate on the calibration data, in shuffled batches as small as those of {@link GradientEvidence} and with its losses.
 */
public final class UpdateEvidence {

    /**
     * How long and how fast.
     *
     * @param clip the most that the gradient's norm may be; 0 for no limit
     */
    public record Course(int steps, double rate, double clip) {

        /** What is used unless a test wants another: at most one unit of length in all. */
        public static final Course SHORT = new Course(200, 0.005, 1);
    }

    private UpdateEvidence() {}

    /**
     * Trains, and tells how. Tensors none of whose weights has moved are missing.
     *
     * @param kinds what to collect; kinds that do not come from updates are left out
     * @param seed of the order of the samples
     * @throws BadModelException when an operator cannot be differentiated, or training diverges
     * @throws BadInputException when the data cannot be used
     */
    public static Findings of(
            Model model,
            Set<Evidence> kinds,
            CalibrationData data,
            Course course,
            long seed,
            int threads,
            Progress progress) {
        var wanted = EnumSet.noneOf(Kind.class);
        if (kinds.contains(Evidence.UNCERTAINTY)) {
            wanted.add(Kind.DEVIATION);
        }
        if (kinds.contains(Evidence.MOVEMENT)) {
            wanted.add(Kind.MOVEMENT);
        }
        var source = TrainingData.open(
                data.spec(), data.limited(), data.inputs(), Batching.of(GradientEvidence.batch(data.spec()), seed));
        var losses = List.of(new Loss.Weighted(1, loss(data, source)));
        var spec = new UpdateStatistics.Spec(losses, course.rate(), course.clip(), wanted);
        try (var statistics = new UpdateStatistics(model, spec, threads)) {
            int done = 0;
            for (int epoch = 0; done < course.steps(); epoch++) {
                try (var batches = source.epoch(epoch, 0)) {
                    for (var next = batches.next(); next != null && done < course.steps(); next = batches.next()) {
                        progress.update("train for evidence", done, course.steps(), "steps");
                        statistics.step(next);
                        done++;
                    }
                }
            }
            return findings(statistics, wanted);
        } catch (DivergedException e) {
            throw new BadModelException(
                    "the short training that the criterion looks at went astray: " + e.getMessage(),
                    "scale the data to about 1, or choose a criterion without training, such as taylor",
                    e);
        }
    }

    private static Loss loss(CalibrationData data, TrainData source) {
        try (var epoch = source.epoch(0, 0)) {
            var example = epoch.next();
            if (example == null) {
                throw new BadInputException(
                        "there are no samples in " + data.spec().text(), "give data to learn from");
            }
            return GradientEvidence.loss(data.spec(), example);
        }
    }

    private static Findings findings(UpdateStatistics statistics, Set<Kind> wanted) {
        var findings = Findings.NONE;
        for (var kind : wanted) {
            findings = switch (kind) {
                case DEVIATION ->
                    findings.with(Evidence.UNCERTAINTY, elements(statistics.of(kind), UpdateEvidence::regularise));
                case MOVEMENT -> findings.with(ofMovement(statistics.of(kind)));
            };
        }
        return findings;
    }

    /** Returns as evidence how training has moved weights; tensors that it has not moved are missing. */
    public static Findings ofMovement(Map<String, Tensor> moved) {
        return moved.isEmpty() ? Findings.NONE : Findings.NONE.with(Evidence.MOVEMENT, elements(moved, _ -> {}));
    }

    /** Adds the root mean square, in which a scaled layer keeps its share. */
    private static void regularise(double[] deviations) {
        double squares = 0;
        for (double deviation : deviations) {
            squares += deviation * deviation;
        }
        double typical = Math.sqrt(squares / deviations.length);
        for (int i = 0; i < deviations.length; i++) {
            deviations[i] += typical;
        }
    }

    private static Map<String, Values> elements(Map<String, Tensor> tensors, Consumer<double[]> change) {
        var found = new HashMap<String, Values>();
        tensors.forEach((name, tensor) -> {
            var values = new double[Math.toIntExact(tensor.size())];
            Elements.doubles(tensor, 0, values, values.length);
            change.accept(values);
            var numbers = new float[values.length];
            boolean any = false;
            for (int i = 0; i < values.length; i++) {
                numbers[i] = (float) values[i];
                any |= numbers[i] != 0;
            }
            if (any) {
                found.put(name, new Values.Elements(numbers));
            }
        });
        return found;
    }
}
