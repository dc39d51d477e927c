package dev.coppice.train;

import dev.coppice.ir.Model;
import dev.coppice.ir.Tensor;
import dev.coppice.train.data.TrainBatch;
import dev.coppice.train.torch.Libtorch;
import dev.coppice.train.torch.Scope;
import dev.coppice.train.torch.Weights;
import java.lang.ref.Reference;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * What plain gradient descent does to each weight, step by step, while the weights move: the evidence of criteria that ask how training
 * treats a weight. The model that it starts from stays as it is.
 *
 * <p>A step is {@code u = -rate g}, the gradient cut to a norm; there is no momentum, no decay and no penalty, so that what is known of updates
 * is known of gradients. BatchNormalization uses and keeps what it has stored. Matrices' weights that are zero at the start are taken as pruned and
 * stay zero. Everything is kept in float64. Deterministic; one object serves one thread.
 *
 * <pre>{@code
 * var spec = new UpdateStatistics.Spec(losses, 0.005, 1, Set.of(UpdateStatistics.Kind.DEVIATION));
 * try (var statistics = new UpdateStatistics(model, spec, threads)) {
 *     batches.forEach(statistics::step);
 *     Map<String, Tensor> s = statistics.of(UpdateStatistics.Kind.DEVIATION); // float64, in the shapes of the weights
 * }
 * }</pre>
 */
public final class UpdateStatistics implements AutoCloseable {

    /** What is known of a weight in the end. */
    public enum Kind {
        /** The standard deviation of its updates, of n steps with n - 1 below the sum. */
        DEVIATION,
        /** The sum of {@code -w g} over the steps, {@code w} before the step. */
        MOVEMENT
    }

    /**
     * How steps are made.
     *
     * @param losses their weighted sum is made smaller
     * @param rate the learning rate
     * @param clip the most that the gradient's norm may be; 0 for no limit
     * @param kinds what is wanted; each takes eight or sixteen bytes a weight
     */
    public record Spec(List<Loss.Weighted> losses, double rate, double clip, Set<Kind> kinds) {
        public Spec {
            losses = List.copyOf(losses);
            kinds = Set.copyOf(kinds);
            if (losses.isEmpty() || !(rate > 0) || !(clip >= 0)) {
                throw new IllegalArgumentException(losses.size() + " losses, rate " + rate + ", clip " + clip);
            }
        }
    }

    private final Spec spec;
    private final Weights weights;
    private final Forward forward;
    private final org.bytedeco.pytorch.Tensor pruned;
    private final @Nullable Series updates;
    private final org.bytedeco.pytorch.@Nullable Tensor moved;
    private long steps;

    /** Mean and sum of squared deviations of a series of vectors (Welford 1962). */
    private record Series(org.bytedeco.pytorch.Tensor mean, org.bytedeco.pytorch.Tensor squares) {

        static Series of(long size) {
            try (var _ = new Scope()) {
                var options = new TensorOptions(ScalarType.Double);
                return new Series(
                        Scope.keep(torch.zeros(new long[] {size}, options)),
                        Scope.keep(torch.zeros(new long[] {size}, options)));
            }
        }

        void add(org.bytedeco.pytorch.Tensor value, long number) {
            var difference = value.sub(mean);
            mean.add_(difference, new Scalar(1.0 / number));
            squares.addcmul_(difference, value.sub(mean));
        }

        void free() {
            Scope.free(mean);
            Scope.free(squares);
        }
    }

    /**
     * Prepares a model.
     *
     * @throws dev.coppice.ir.BadModelException when an operator cannot be trained through, or there is no weight
     */
    public UpdateStatistics(Model model, Spec spec, int threads) {
        Libtorch.use(threads);
        this.spec = spec;
        weights = Weights.of(model, _ -> false, false);
        forward = new Forward(model, Optional.empty(), spec.losses(), weights, Optional.empty());
        try (var _ = new Scope();
                var _ = new NoGradGuard()) {
            pruned = Scope.keep(weights.values().narrow(0, 0, weights.decayed()).eq(new Scalar(0.0)));
        }
        updates = spec.kinds().contains(Kind.DEVIATION) ? Series.of(weights.size()) : null;
        moved = spec.kinds().contains(Kind.MOVEMENT) ? Movement.none(weights.size()) : null;
    }

    /**
     * Makes a step.
     *
     * @return the loss before it
     * @throws DivergedException when loss or gradient is not finite
     * @throws dev.coppice.ir.BadInputException when the batch does not fit the model
     */
    public double step(TrainBatch batch) throws DivergedException {
        try (var _ = new Scope()) {
            weights.gradients().zero_();
            var loss = forward.run(batch, false).loss();
            loss.backward();
            move();
            return loss.item_double();
        } finally {
            Reference.reachabilityFence(batch); // what is differentiated reads its memory
        }
    }

    private void move() throws DivergedException {
        try (var _ = new NoGradGuard()) {
            var gradients = weights.gradients();
            gradients.narrow(0, 0, weights.decayed()).masked_fill_(pruned, new Scalar(0.0));
            double norm = gradients.norm().item_double();
            if (!Double.isFinite(norm)) {
                throw new DivergedException("the gradient's norm is " + norm);
            }
            if (spec.clip() > 0 && norm > spec.clip()) {
                gradients.mul_(new Scalar(spec.clip() / norm));
            }
            steps++;
            if (updates != null) {
                updates.add(gradients.to(ScalarType.Double).mul_(new Scalar(-spec.rate())), steps);
            }
            if (moved != null) {
                Movement.add(moved, weights.values(), gradients);
            }
            weights.values().sub_(gradients, new Scalar(spec.rate()));
        }
    }

    /**
     * Returns what is known of each weight by name, float64, in the shape in which it is stored, in memory of its own.
     *
     * @throws IllegalArgumentException for a kind that was not asked for
     * @throws IllegalStateException before the second step
     */
    public Map<String, Tensor> of(Kind kind) {
        if (steps < 2) {
            throw new IllegalStateException(steps + " steps do not vary");
        }
        return switch (kind) {
            case DEVIATION -> deviations(asked(updates, kind).squares());
            case MOVEMENT -> Movement.of(asked(moved, kind), weights);
        };
    }

    private Map<String, Tensor> deviations(org.bytedeco.pytorch.Tensor squares) {
        try (var _ = new Scope();
                var _ = new NoGradGuard()) {
            return Movement.of(squares.div(new Scalar((double) (steps - 1))).sqrt(), weights);
        }
    }

    private static <T> T asked(@Nullable T kept, Kind kind) {
        if (kept == null) {
            throw new IllegalArgumentException(kind + " was not asked for");
        }
        return kept;
    }

    @Override
    public void close() {
        if (updates != null) {
            updates.free();
        }
        if (moved != null) {
            Scope.free(moved);
        }
        Scope.free(pruned);
        forward.close();
        weights.close();
    }
}
