package dev.coppice.train;

import dev.coppice.ir.Model;
import dev.coppice.train.data.TrainBatch;
import dev.coppice.train.torch.Precision;
import dev.coppice.train.torch.Tensors;
import dev.coppice.train.torch.TorchGraph;
import dev.coppice.train.torch.Weights;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** Computes the loss of a model, and of its teacher where there is one, from batches. */
final class Forward implements AutoCloseable {

    /** The loss of a batch, to be differentiated, and what it was computed from. */
    record Result(
            Tensor loss, @Nullable Tensor classes, @Nullable Tensor targets) {

        /** Returns the share of samples whose class is right, or NaN when the targets are no classes. */
        double accuracy() {
            if (targets == null || classes == null || classes.size(0) != targets.size(0)) {
                return Double.NaN;
            }
            var chosen = classes.detach().flatten(1, -1).argmax(new org.bytedeco.pytorch.LongOptional(1), false);
            return torch.eq(chosen, targets).sum().item_double() / targets.size(0);
        }
    }

    private final List<Loss.Weighted> losses;
    private final Precision precision;
    private final String first;
    private final String output;
    private final TorchGraph student;
    private final @Nullable TorchGraph teacher;
    private final List<String> wanted;
    private final Optional<TeacherCache> cache;

    /**
     * Prepares a model whose weights are {@code weights}.
     *
     * @param dense the model whose outputs are imitated by the losses that need a teacher
     * @param cache where these are kept; empty to compute them each time
     */
    Forward(
            Model model,
            Optional<Model> dense,
            List<Loss.Weighted> losses,
            Weights weights,
            Optional<TeacherCache> cache) {
        this.losses = losses;
        precision = weights.precision();
        first = Logits.of(model);
        output = Logits.output(model);
        var values = new LinkedHashSet<String>();
        values.add(first);
        if (losses.stream().anyMatch(weighted -> comparesOutputs(weighted.loss()))) {
            values.add(output);
        }
        for (var weighted : losses) {
            if (weighted.loss() instanceof Loss.Features(var features)) {
                features.forEach(feature -> values.add(feature.name()));
            }
        }
        wanted = List.copyOf(values);
        this.cache = cache;
        boolean taught = losses.stream().anyMatch(weighted -> weighted.loss().needsTeacher());
        if (taught && dense.isEmpty()) {
            throw new IllegalArgumentException("a loss needs a teacher");
        }
        student = TorchGraph.of(model, wanted, weights.bound(), precision);
        teacher = taught ? TorchGraph.of(dense.orElseThrow(), wanted, Map.of(), Precision.FLOAT32) : null;
    }

    private static boolean comparesOutputs(Loss loss) {
        return loss instanceof Loss.MeanSquaredError || loss instanceof Loss.CosineDistance;
    }

    /** Computes the loss of a batch; what is returned belongs to the scope that is open. */
    Result run(TrainBatch batch, boolean batchStatistics) {
        var inputs = Inputs.of(student, batch, precision);
        var taught = teach(batch, inputs);
        var outputs = student.run(inputs, batchStatistics);
        var targets =
                batch.targets().map(given -> Tensors.shared(given, precision)).orElse(null);
        var functions = new LossFunctions(first, output, outputs, taught, inputs, targets);
        boolean classified = targets != null && targets.dim() == 1 && !targets.is_floating_point();
        return new Result(functions.total(losses), classified ? functions.classes() : null, targets);
    }

    private Map<String, Tensor> teach(TrainBatch batch, Map<String, Tensor> inputs) {
        if (teacher == null) {
            return Map.of();
        }
        try (var _ = new NoGradGuard()) {
            return cache.isPresent()
                    ? cache.get().outputs(batch, wanted, () -> teacher.run(inputs, false))
                    : teacher.run(inputs, false);
        }
    }

    /** Lets BatchNormalization's statistics follow a batch. */
    void follow(TrainBatch batch) {
        student.run(Inputs.of(student, batch, precision), true);
    }

    @Override
    public void close() {
        student.close();
        if (teacher != null) {
            teacher.close();
        }
    }
}
