package dev.coppice.train;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.DType;
import dev.coppice.ir.Model;
import dev.coppice.train.data.TrainBatch;
import dev.coppice.train.torch.Libtorch;
import dev.coppice.train.torch.Precision;
import dev.coppice.train.torch.Scope;
import dev.coppice.train.torch.Tensors;
import dev.coppice.train.torch.Weights;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Trains a model step by step.
 *
 * <p>Deterministic: the same model, batches, rates and number of threads give the same weights bit for bit. Pruned weights are exactly
 * zero after every step. One trainer lives on one thread.
 */
public final class Trainer implements AutoCloseable {

    /**
     * What a step did.
     *
     * @param loss before the step, averaged over the accumulated batches
     * @param accuracy share of samples whose class was right, or NaN when the targets are no classes
     */
    public record StepResult(double loss, double accuracy, int samples) {}

    private final TrainSpec spec;
    private final Weights weights;
    private final Updates updates;
    private final Forward forward;
    private final @Nullable Tensor average;
    private final @Nullable Tensor moved; // float64
    private final Map<String, MemorySegment> kept = new HashMap<>(); // of snapshots
    private int accumulated;

    /**
     * Prepares a model for training.
     *
     * @param dense the model whose outputs are imitated by the losses that need a teacher
     * @throws dev.coppice.ir.BadModelException when an operator cannot be trained through, or nothing can be learnt
     */
    public Trainer(Model model, Optional<Model> dense, TrainSpec spec, int threads) {
        this(model, dense, spec, threads, Optional.empty());
    }

    /**
     * Prepares a model for training.
     *
     * @param cache where the dense model's outputs are kept
     */
    public Trainer(Model model, Optional<Model> dense, TrainSpec spec, int threads, Optional<TeacherCache> cache) {
        Libtorch.use(threads);
        this.spec = spec;
        weights = Weights.of(
                model, spec.learnt().frozen()::contains, spec.learnt().embeddings());
        weights.mask(model);
        updates = new Updates(spec.updating().optimizer(), weights);
        forward = new Forward(model, dense, spec.losses(), weights, cache);
        average = spec.updating().ema() > 0 ? Scope.keep(weights.values().clone()) : null;
        moved = spec.movement() ? Movement.none(weights.size()) : null;
    }

    /**
     * Learns from one batch. With accumulation, weights change after every so many batches.
     *
     * @param rate the learning rate
     * @throws DivergedException when loss or gradient is not finite; the weights have not been changed
     * @throws BadInputException when the batch does not fit the model
     */
    public StepResult step(TrainBatch batch, double rate) throws DivergedException {
        try (var _ = new Scope()) {
            var result = forward.run(batch, spec.learnt().batchStatistics());
            double value = result.loss().item_double();
            if (!Double.isFinite(value)) {
                weights.gradients().zero_();
                throw new DivergedException("the loss is " + value);
            }
            result.loss().backward();
            if (++accumulated == spec.updating().accumulate()) {
                accumulated = 0;
                update(rate);
            }
            return new StepResult(value, result.accuracy(), batch.samples());
        } finally {
            Reference.reachabilityFence(batch); // backward reads its memory
        }
    }

    private void update(double rate) throws DivergedException {
        try (var _ = new NoGradGuard();
                var _ = new Scope()) {
            var gradients = weights.gradients();
            if (spec.updating().accumulate() > 1) {
                gradients.div_(new Scalar((double) spec.updating().accumulate()));
            }
            penalize(gradients);
            double norm = Math.sqrt(gradients.dot(gradients).item_double());
            if (!Double.isFinite(norm)) {
                gradients.zero_();
                throw new DivergedException("the gradient's norm is " + norm);
            }
            if (spec.updating().clip() > 0 && norm > spec.updating().clip()) {
                gradients.mul_(new Scalar(spec.updating().clip() / norm));
            }
            if (moved != null) {
                Movement.add(moved, weights.values(), gradients);
            }
            updates.step(rate);
            gradients.zero_();
            if (average != null) {
                average.lerp_(weights.values(), new Scalar(1 - spec.updating().ema()));
            }
        }
    }

    /** Adds the subgradient of the L1 term, which is zero at zero. */
    private void penalize(Tensor gradients) {
        var penalty = spec.penalty();
        if (penalty.strength() > 0) {
            for (var slice : weights.slices()) {
                if (penalty.names().contains(slice.name())) {
                    var values = weights.values().narrow(0, slice.offset(), slice.size());
                    gradients
                            .narrow(0, slice.offset(), slice.size())
                            .add_(torch.sign(values), new Scalar(penalty.strength()));
                }
            }
        }
    }

    /**
     * Lets BatchNormalization's statistics follow a batch without learning from it: after pruning they no longer fit.
     *
     * @throws BadInputException when the batch does not fit the model
     */
    public void reestimate(TrainBatch batch) {
        try (var _ = new Scope();
                var _ = new NoGradGuard()) {
            forward.follow(batch);
        }
    }

    /**
     * Returns the loss of a batch, which is not learnt from; it may be infinite or NaN.
     *
     * @throws BadInputException when the batch does not fit the model
     */
    public double loss(TrainBatch batch) {
        try (var _ = new Scope();
                var _ = new NoGradGuard()) {
            return forward.run(batch, spec.learnt().batchStatistics()).loss().item_double();
        } finally {
            Reference.reachabilityFence(batch);
        }
    }

    /** Takes over the masks of a pruned version of the model; what it prunes is zero from now on. */
    public void mask(Model pruned) {
        weights.mask(pruned);
    }

    /**
     * Sets the weights, and BatchNormalization's statistics, to those of another version of the model; pruned ones stay zero.
     *
     * @throws BadInputException when the model lacks a weight
     */
    public void load(Model version) {
        weights.load(version);
        weights.loadStatistics(version);
    }

    /** Lets all weights be learnt again, those that were pruned from zero on. */
    public void unmask() {
        weights.unmask();
    }

    /**
     * Adds the gradient of a batch to the one that {@link #regrow} goes by; weights do not change.
     *
     * @throws DivergedException when the loss is not finite
     */
    public void observe(TrainBatch batch) throws DivergedException {
        try (var _ = new Scope()) {
            var loss = forward.run(batch, spec.learnt().batchStatistics()).loss();
            if (!Double.isFinite(loss.item_double())) {
                weights.gradients().zero_();
                throw new DivergedException("the loss is " + loss.item_double());
            }
            loss.backward();
        } finally {
            Reference.reachabilityFence(batch);
        }
    }

    /**
     * Moves masks by the gradients of the batches {@linkplain #observe observed}: in each masked tensor that share of the kept weights,
     * the smallest ones, is pruned, and as many of the pruned ones, those with the largest gradients, are learnt again, from zero (Evci et
     * al. 2020). Then the optimizer starts anew.
     *
     * @return how many weights have been exchanged
     */
    public long regrow(double share) {
        try (var _ = new NoGradGuard()) {
            long moved = Regrowth.move(weights, share);
            restartOptimizer();
            return moved;
        }
    }

    /** Forgets momentum and moments, and gradients that have not made a step yet. */
    public void restartOptimizer() {
        updates.reset();
        weights.gradients().zero_();
        accumulated = 0;
        if (moved != null) {
            moved.zero_();
        }
    }

    /**
     * Returns for each weight the sum of {@code -w g} over the steps since the optimizer {@linkplain #restartOptimizer started anew}, {@code g}
     * as the optimizer saw it, {@code w} before the step: high for weights that grow (Sanh et al. 2020, equation 4).
     *
     * @return float64, by name; empty where the specification does not ask for it, or nothing has moved
     */
    public Map<String, dev.coppice.ir.Tensor> movement() {
        return moved == null || updates.steps() == 0 ? Map.of() : Movement.of(moved, weights);
    }

    /** Says whether no gradients wait for the batches that complete a step: only then is the {@link #snapshot} all there is. */
    public boolean isBetweenSteps() {
        return accumulated == 0;
    }

    /**
     * Sets the weights to those of another version of the model, pruned ones stay zero, and forgets momentum: rewinding (Frankle & Carbin
     * 2019; to an early state rather than the first: Frankle et al. 2020).
     *
     * @throws BadInputException when the model lacks a weight
     */
    public void rewind(Model to) {
        weights.load(to);
        restartOptimizer();
        if (average != null) {
            average.copy_(weights.values());
        }
    }

    /** Returns the model with the weights as they are now (their moving average, if one is kept), in memory of its own. */
    public Model model(Model like) {
        if (average == null) {
            return weights.copiedInto(like, weights.values());
        }
        var pruned = weights.pruned();
        if (pruned != null) {
            average.masked_fill_(pruned, new Scalar(0.0));
        }
        return weights.copiedInto(like, average);
    }

    /** Returns the model with the weights as they are now, for use before the next step; see {@link Weights#into(Model)}. */
    public Model current(Model like) {
        return weights.into(like);
    }

    public double sparsity() {
        return weights.sparsity();
    }

    public Weights weights() {
        return weights;
    }

    /** Returns all that a step depends on, in memory that the next snapshot of this trainer writes over; it outlives the trainer. */
    public Checkpoint snapshot() {
        var tensors = new LinkedHashMap<String, dev.coppice.ir.Tensor>();
        state().forEach((name, live) -> {
            var memory = kept.get(name);
            if (memory == null || memory.byteSize() != live.nbytes()) {
                memory = Arena.ofAuto().allocate(live.nbytes(), Long.BYTES);
                kept.put(name, memory);
            }
            tensors.put(name, Tensors.copyTo(name, live, memory));
        });
        return new Checkpoint(Map.of("optimizer-steps", Long.toString(updates.steps())), tensors);
    }

    /**
     * Goes back to a saved state of this model and specification; masks are those of then, too.
     *
     * @throws BadInputException when it is the state of another model
     */
    public void restore(Checkpoint checkpoint) {
        var pruned = checkpoint.tensors().get("pruned");
        weights.pruned(pruned);
        state().forEach((name, live) -> {
            var kept = checkpoint.tensors().get(name);
            if (kept == null || kept.size() != live.numel()) {
                throw new BadInputException(
                        "the checkpoint has no " + name + " of " + live.numel() + " elements",
                        "it belongs to another model or recipe");
            }
            try (var _ = new Scope();
                    var _ = new NoGradGuard()) {
                var precision = kept.type() == DType.DOUBLE ? Precision.FLOAT64 : weights.precision();
                live.copy_(Tensors.copy(kept, precision).view_as(live));
            }
        });
        updates.steps(Long.parseLong(checkpoint.notes().getOrDefault("optimizer-steps", "0")));
        weights.gradients().zero_();
        accumulated = 0;
    }

    private Map<String, Tensor> state() {
        var state = new LinkedHashMap<String, Tensor>();
        state.put("weights", weights.values());
        state.putAll(updates.state());
        if (average != null) {
            state.put("average", average);
        }
        if (moved != null) {
            state.put("moved", moved);
        }
        weights.statistics().forEach((name, tensor) -> state.put("statistic." + name, tensor));
        var pruned = weights.pruned();
        if (pruned != null) {
            state.put("pruned", pruned);
        }
        return state;
    }

    @Override
    public void close() {
        forward.close();
        if (average != null) {
            Scope.free(average);
        }
        if (moved != null) {
            Scope.free(moved);
        }
        updates.close();
        weights.close();
    }
}
