package dev.coppice.pipeline.recover;

import dev.coppice.ir.DType;
import dev.coppice.ir.Model;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.ValueInfo;
import dev.coppice.pipeline.data.spec.DataOptions.Pooling;
import dev.coppice.pipeline.data.spec.DataSpec;
import dev.coppice.pipeline.recover.Recovery.Distillation;
import dev.coppice.train.Logits;
import dev.coppice.train.Loss;
import dev.coppice.train.data.TrainBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Supplier;

/** Chooses the losses that fit the data and the model. */
final class Objective {

    /** Softens classes so far that the unlikely ones say something, too (Hinton et al. 2015 used 2 to 5). */
    private static final double TEMPERATURE = 2;

    private Objective() {}

    /** Returns the losses against the data's own targets. */
    static List<Loss.Weighted> ofLabels(DataSpec data, TrainBatch example, double smoothing) {
        if (data instanceof DataSpec.Tokens) {
            return one(new Loss.NextToken());
        }
        var targets = example.targets()
                .orElseThrow(() -> new UsageException(
                        "data '" + data.text() + "' has no labels to learn from",
                        "distil from the dense model, which needs none: --distill EPOCHS"));
        if (targets.type() != DType.INT64) {
            return one(new Loss.MeanSquaredError());
        }
        return one(targets.dims().size() == 2 ? new Loss.Ctc(0) : new Loss.CrossEntropy(smoothing));
    }

    /**
     * Returns the losses against the dense model's outputs and inner values.
     *
     * @param inner returns the inner values that can be imitated
     * @throws UsageException when there is a temperature, but no class, or inner values are wanted, and none is known
     */
    static List<Loss.Weighted> ofTeacher(
            DataSpec data,
            Optional<TrainBatch> example,
            Model model,
            Pooling pooling,
            Distillation how,
            Supplier<List<Loss.Feature>> inner) {
        var losses = new ArrayList<>(ofOutputs(data, example, model, pooling, how.temperature()));
        double weight = how.featureWeight().orElse(data instanceof DataSpec.Texts ? 1 : 0);
        var features = weight > 0 ? inner.get() : List.<Loss.Feature>of();
        if (!features.isEmpty()) {
            losses.add(new Loss.Weighted(weight, new Loss.Features(features)));
        } else if (weight > 0 && how.featureWeight().isPresent()) {
            throw new UsageException(
                    "the model has no inner values to imitate: no residual block, no pooling",
                    "leave --feature-weight out");
        }
        return losses;
    }

    private static List<Loss.Weighted> ofOutputs(
            DataSpec data, Optional<TrainBatch> example, Model model, Pooling pooling, OptionalDouble temperature) {
        return switch (data) {
            case DataSpec.Texts _ -> {
                requireNoTemperature(data, temperature, "vectors");
                yield encoder(model, pooling == Pooling.CLS ? Loss.Pooling.CLS : Loss.Pooling.MEAN);
            }
            case DataSpec.Tokens _ -> one(new Loss.Divergence(temperature.orElse(1)));
            case DataSpec.Samples _, DataSpec.Npz _ -> {
                if (areValues(example, model)) {
                    requireNoTemperature(data, temperature, "values");
                    yield one(new Loss.Features(List.of(Loss.Feature.whole(Logits.output(model)))));
                }
                yield one(new Loss.Divergence(temperature.orElse(TEMPERATURE)));
            }
        };
    }

    private static void requireNoTemperature(DataSpec data, OptionalDouble temperature, String what) {
        if (temperature.isPresent()) {
            throw new UsageException(
                    "a temperature for data '" + data.text() + "', whose " + what + " are imitated, not classes",
                    "leave --temperature out");
        }
    }

    /** Says whether outputs are values, not scores of classes: so are the targets, or a single one that no Sigmoid closes. */
    private static boolean areValues(Optional<TrainBatch> example, Model model) {
        var targets = example.flatMap(TrainBatch::targets);
        if (targets.isPresent()) {
            return targets.get().type() != DType.INT64;
        }
        var name = Logits.output(model);
        return !Logits.areBehind(model)
                && model.graph().outputs().stream()
                        .filter(output -> output.name().equals(name))
                        .map(ValueInfo::shape)
                        .anyMatch(shape -> shape != null
                                && shape.rank() > 0
                                && shape.dim(shape.rank() - 1).is(1));
    }

    /** Returns the weighted mean of two objectives, the second having the share {@code weight} (Hinton et al. 2015, section 2). */
    static List<Loss.Weighted> mix(List<Loss.Weighted> first, List<Loss.Weighted> second, double weight) {
        var mixed = new ArrayList<Loss.Weighted>();
        first.forEach(each -> mixed.add(new Loss.Weighted((1 - weight) * each.weight(), each.loss())));
        second.forEach(each -> mixed.add(new Loss.Weighted(weight * each.weight(), each.loss())));
        return mixed;
    }

    /** Token vectors, sentence vectors and their similarities; weighted as in DESIGN section 12, with inner values at 1. */
    private static List<Loss.Weighted> encoder(Model model, Loss.Pooling pooling) {
        return List.of(
                new Loss.Weighted(1, new Loss.Features(List.of(Loss.Feature.whole(Logits.of(model))))),
                new Loss.Weighted(2, new Loss.PooledCosine(pooling)),
                new Loss.Weighted(5, new Loss.Similarity(pooling)));
    }

    private static List<Loss.Weighted> one(Loss loss) {
        return List.of(new Loss.Weighted(1, loss));
    }
}
