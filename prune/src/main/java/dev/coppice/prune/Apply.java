package dev.coppice.prune;

import dev.coppice.ir.Model;
import dev.coppice.ir.host.Parallel;
import dev.coppice.prune.score.Findings;

/** Carries a plan out: masks the weights, copies none. A weight that several nodes share is masked once, for all of them. */
public final class Apply {

    private Apply() {}

    /**
     * Returns the pruned model; the same object when the plan is empty.
     *
     * @param parameters the ones that the plan was made for
     * @throws dev.coppice.ir.BadModelException when a weight to be pruned is NaN or infinite
     */
    public static Model apply(Model model, ParameterList parameters, Planned planned, Parallel parallel) {
        var masks = Masks.of(parameters.prunable(), planned, parallel);
        if (masks.isEmpty()) {
            return model;
        }
        return model.mapTensors(tensor -> {
            var mask = masks.get(tensor);
            return mask == null ? tensor : tensor.masked(mask);
        });
    }

    /**
     * Applies a stored, perhaps edited, plan: the same counts give the same masks as when it was made.
     *
     * @throws dev.coppice.ir.BadInputException when the plan does not fit the model
     * @throws dev.coppice.ir.BadModelException when a weight to be pruned is NaN or infinite
     */
    public static Model apply(Model model, WeightPlan plan, Parallel parallel) {
        return apply(model, plan, Findings.NONE, parallel);
    }

    /**
     * Applies a stored plan whose criterion needs to know more than the weights; errors as for {@link #apply(Model, WeightPlan, Parallel)}.
     *
     * @param findings about the parameters that the plan names
     */
    public static Model apply(Model model, WeightPlan plan, Findings findings, Parallel parallel) {
        return apply(model, Parameters.of(model, plan), Planned.of(plan, findings), parallel);
    }
}
