package dev.coppice.train;

import dev.coppice.ir.Model;
import dev.coppice.ir.Tensor;
import dev.coppice.train.data.TrainBatch;
import dev.coppice.train.torch.Libtorch;
import dev.coppice.train.torch.Scope;
import dev.coppice.train.torch.Tensors;
import dev.coppice.train.torch.Weights;
import java.lang.ref.Reference;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * Gradients of a loss over batches, for every weight, while the weights stay as they are: the evidence of criteria that ask how much the
 * loss would change.
 *
 * <p>Sums are kept in float64, one number a weight: of the gradient {@code g}, of {@code g^2}, of {@code |g|}. As the weights {@code w}
 * do not change meanwhile, {@code sum(g w)} is {@code w sum(g)} and {@code sum((g w)^2)} is {@code w^2 sum(g^2)}. What cannot be had
 * from sums weight by weight (the square of a channel's sum, say) is made from {@link #latest} batch by batch. Each batch's gradient is
 * that of its mean loss: the squares of single samples' gradients (the empirical Fisher information) need batches of one sample.
 * Pruned weights count as zero and have a gradient like any other. Deterministic; one object serves one thread.
 *
 * <pre>{@code
 * var spec = Gradients.Spec.of(new Loss.CrossEntropy(0));
 * try (var gradients = new Gradients(model, Optional.empty(), spec, threads)) {
 *     batches.forEach(gradients::add);
 *     for (var name : gradients.names()) {
 *         Tensor g = gradients.sum(name, Gradients.Sum.GRADIENT); // float64, in the shape of the weight
 *     }
 * }
 * }</pre>
 */
public final class Gradients implements AutoCloseable {

    /** What is added up over the batches, for each weight. */
    public enum Sum {
        /** The gradient. */
        GRADIENT,
        /** Its square. */
        SQUARE,
        /** Its absolute value. */
        ABSOLUTE,
        /** The product of the Hessian with the mean gradient; see {@link Gradients#addHessianProduct}. */
        HESSIAN_PRODUCT
    }

    /**
     * Says which gradients are wanted.
     *
     * @param losses their weighted sum is differentiated
     * @param batchStatistics whether BatchNormalization normalises by the batch, as in training, or by what it has stored
     * @param embeddings whether embeddings are among the weights
     * @param sums what is added up; each takes eight bytes a weight
     */
    public record Spec(List<Loss.Weighted> losses, boolean batchStatistics, boolean embeddings, Set<Sum> sums) {
        public Spec {
            losses = List.copyOf(losses);
            sums = Set.copyOf(sums);
            if (losses.isEmpty()) {
                throw new IllegalArgumentException("no loss");
            }
        }

        /** Returns the sums of first order for one loss, stored statistics, no embeddings. */
        public static Spec of(Loss loss) {
            return new Spec(
                    List.of(new Loss.Weighted(1, loss)), false, false, Set.of(Sum.GRADIENT, Sum.SQUARE, Sum.ABSOLUTE));
        }
    }

    private final Spec spec;
    private final Weights weights;
    private final Forward forward;
    private final Map<Sum, org.bytedeco.pytorch.Tensor> sums = new EnumMap<>(Sum.class);
    private long batches;

    /**
     * Prepares a model.
     *
     * @param dense the model whose outputs losses that need a teacher compare with
     * @throws dev.coppice.ir.BadModelException when an operator cannot be differentiated, or there is no weight
     */
    public Gradients(Model model, Optional<Model> dense, Spec spec, int threads) {
        Libtorch.use(threads);
        this.spec = spec;
        weights = Weights.of(model, _ -> false, spec.embeddings());
        forward = new Forward(model, dense, spec.losses(), weights, Optional.empty());
        try (var _ = new Scope()) {
            for (var sum : spec.sums()) {
                sums.put(
                        sum,
                        Scope.keep(torch.zeros(new long[] {weights.size()}, new TensorOptions(ScalarType.Double))));
            }
        }
    }

    /**
     * Computes the gradient of a batch's loss and adds it up.
     *
     * @return the loss
     * @throws dev.coppice.ir.BadInputException when the batch does not fit the model
     */
    public double add(TrainBatch batch) {
        try (var _ = new Scope()) {
            weights.gradients().zero_();
            var loss = forward.run(batch, spec.batchStatistics()).loss();
            loss.backward();
            addUp();
            batches++;
            return loss.item_double();
        } finally {
            Reference.reachabilityFence(batch); // what is differentiated reads its memory
        }
    }

    private void addUp() {
        try (var _ = new NoGradGuard()) {
            var gradients = weights.gradients();
            sums.forEach((sum, total) -> {
                switch (sum) {
                    case GRADIENT -> total.add_(gradients);
                    case SQUARE -> {
                        var wide = gradients.to(ScalarType.Double);
                        total.addcmul_(wide, wide);
                    }
                    case ABSOLUTE -> total.add_(gradients.abs());
                    case HESSIAN_PRODUCT -> {}
                }
            });
        }
    }

    /**
     * Adds the product of the Hessian of a batch's loss with the mean gradient of the batches {@linkplain #add added} so far, exactly, by
     * differentiating twice: what gradient flow preservation asks for (Wang et al. 2020, equation 8). For use in a second pass over the
     * batches, with the sums {@code GRADIENT} and {@code HESSIAN_PRODUCT}.
     *
     * @throws IllegalStateException when no batch has been added, or one of these sums was not asked for
     */
    public void addHessianProduct(TrainBatch batch) {
        var mean = sums.get(Sum.GRADIENT);
        var total = sums.get(Sum.HESSIAN_PRODUCT);
        if (mean == null || total == null || batches == 0) {
            throw new IllegalStateException(
                    "a product needs the sums GRADIENT and HESSIAN_PRODUCT, and batches before");
        }
        try (var _ = new Scope()) {
            weights.gradients().zero_();
            var loss = forward.run(batch, spec.batchStatistics()).loss();
            var leaves = weights.slices().stream()
                    .map(slice -> weights.bound().get(slice.name()))
                    .toArray(org.bytedeco.pytorch.Tensor[]::new);
            var first = torch.grad(
                    new TensorVector(loss),
                    new TensorVector(leaves),
                    new TensorVector(),
                    new BoolOptional(true),
                    true,
                    true);
            var direction = mean.div(new Scalar((double) batches))
                    .to(weights.gradients().scalar_type());
            var product = torch.zeros(new long[0], new TensorOptions(ScalarType.Double));
            for (int i = 0; i < leaves.length; i++) {
                var slice = weights.slices().get(i);
                if (first.get(i).defined()) {
                    var along = direction.narrow(0, slice.offset(), slice.size());
                    product = product.add(first.get(i).flatten().mul(along).sum());
                }
            }
            if (product.requires_grad()) {
                product.backward();
            }
            try (var _ = new NoGradGuard()) {
                total.add_(weights.gradients());
            }
        } finally {
            Reference.reachabilityFence(batch);
        }
    }

    /** Returns the names of the weights: of initializers, or of values that Constant nodes produce. */
    public List<String> names() {
        return weights.slices().stream().map(Weights.Slice::name).toList();
    }

    /** Returns how many batches have been added. */
    public long batches() {
        return batches;
    }

    /**
     * Returns a sum over all batches, float64, in the shape in which the weight is stored, in memory of its own.
     *
     * @throws IllegalArgumentException for a weight that is not among the {@linkplain #names names}, or a sum that was not asked for
     */
    public Tensor sum(String name, Sum sum) {
        var total = sums.get(sum);
        if (total == null) {
            throw new IllegalArgumentException("the sum " + sum + " was not asked for");
        }
        return part(name, total);
    }

    /** Returns the gradient of the batch that was added last, float32 (or float64 in a float64 model), in memory of its own. */
    public Tensor latest(String name) {
        return part(name, weights.gradients());
    }

    private Tensor part(String name, org.bytedeco.pytorch.Tensor flat) {
        var slice = slice(name);
        if (slice == null) {
            throw new IllegalArgumentException("no weight " + name);
        }
        try (var _ = new Scope()) {
            var part = Tensors.toHost(name, flat.narrow(0, slice.offset(), slice.size()));
            return Tensor.of(name, part.type(), slice.source().dims(), part.data());
        }
    }

    private Weights.@Nullable Slice slice(String name) {
        for (var slice : weights.slices()) {
            if (slice.name().equals(name)) {
                return slice;
            }
        }
        return null;
    }

    @Override
    public void close() {
        sums.values().forEach(Scope::free);
        forward.close();
        weights.close();
    }
}
