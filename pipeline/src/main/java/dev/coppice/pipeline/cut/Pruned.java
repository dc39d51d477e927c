package dev.coppice.pipeline.cut;

import dev.coppice.ir.Model;
import dev.coppice.prune.Blocked;
import dev.coppice.prune.Plan;
import dev.coppice.prune.dead.DeadWeights;
import dev.coppice.prune.structure.StructuredPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A model that has been cut, with all that led to it.
 *
 * @param before the model as it was read, weights that were built from pieces folded
 * @param structure which channels, heads or layers have gone, where that was asked for; {@code plan} then is empty
 * @param blocked weights that could not be pruned
 * @param shortfalls what was asked for and could not be done, one sentence each
 * @param remarks what else is worth knowing
 * @param clean the model without dead channels, where that was asked for
 * @param int8 the result of all that in int8, where that was asked for
 * @param activations which thresholds were written into the graph, where that was asked for
 */
public record Pruned(
        Model before,
        Model after,
        Plan plan,
        Optional<StructuredPlan> structure,
        List<Blocked> blocked,
        List<String> shortfalls,
        List<String> remarks,
        Optional<DeadWeights.Eliminated> clean,
        Optional<Int8Step.Result> int8,
        Optional<ActivationCut.Result> activations) {

    Pruned(Model before, Model after, Plan plan, List<Blocked> blocked, List<String> shortfalls) {
        this(
                before,
                after,
                plan,
                Optional.empty(),
                blocked,
                shortfalls,
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    static Pruned ofActivations(Model before, Model after, ActivationCut.Result activations, List<Blocked> blocked) {
        return new Pruned(
                before,
                after,
                Plan.NOTHING,
                Optional.empty(),
                blocked,
                List.of(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(activations));
    }

    /** Returns this cut with what is dead now removed from the model. */
    public Pruned withoutDead() {
        var eliminated = Optional.of(DeadWeights.eliminate(after));
        return new Pruned(before, after, plan, structure, blocked, shortfalls, remarks, eliminated, int8, activations);
    }

    Pruned withRemarks(List<String> more) {
        return new Pruned(
                before, after, plan, structure, blocked, shortfalls, List.copyOf(more), clean, int8, activations);
    }

    /** Returns this cut with its result in int8. */
    public Pruned inInt8(Int8Step.Result quantized) {
        return new Pruned(
                before,
                after,
                plan,
                structure,
                blocked,
                shortfalls,
                remarks,
                clean,
                Optional.of(quantized),
                activations);
    }

    /** Returns the model before it becomes int8. */
    public Model inFloat() {
        return clean.map(DeadWeights.Eliminated::model).orElse(after);
    }

    /** Returns the model to write. */
    public Model result() {
        return int8.map(quantized -> quantized.quantization().model()).orElseGet(this::inFloat);
    }

    static Pruned ofStructure(
            Model before, Model after, StructuredPlan structure, List<Blocked> blocked, List<String> shortfalls) {
        return new Pruned(
                before,
                after,
                Plan.NOTHING,
                Optional.of(structure),
                blocked,
                shortfalls,
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    public Pruned withRemark(String remark) {
        var all = new ArrayList<>(remarks);
        all.add(remark);
        return withRemarks(all);
    }

    /** Says whether nothing was pruned. */
    public boolean isEmpty() {
        if (activations.isPresent()) {
            return ActivationCut.isEmpty(activations.get());
        }
        return structure.map(StructuredPlan::isEmpty).orElse(plan.isEmpty());
    }
}
