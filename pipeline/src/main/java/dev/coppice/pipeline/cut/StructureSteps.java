package dev.coppice.pipeline.cut;

import dev.coppice.ir.Model;
import dev.coppice.pipeline.measure.WeightCounts;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.prune.Quota;
import dev.coppice.prune.group.Groups;
import dev.coppice.prune.structure.Granularity;
import dev.coppice.prune.structure.StructuredRequest;
import dev.coppice.prune.structure.Target;

/** Says how much of the dense model is to be gone after each of the steps in which structure is removed. */
final class StructureSteps {

    private final Recipe.Structured cut;
    private final long weights;

    /** @param dense the model that the first step cuts */
    StructureSteps(Model dense, Recipe.Structured cut) {
        this.cut = cut;
        this.weights = cut.request().target() instanceof Target.MaxParameters ? weights(dense) : 0;
    }

    /** Counts as the planner of the granularity does. */
    private long weights(Model dense) {
        if (cut.request().granularity().contains(Granularity.LAYER)) {
            return new WeightCounts().of(dense).parameters();
        }
        var groups = Groups.of(dense);
        return groups.matrixSize(groups.nothing());
    }

    /** Returns the request for a step, counted from 0; that for the last is the recipe's. */
    StructuredRequest request(int step) {
        var request = cut.request();
        if (step == cut.steps().number() - 1) {
            return request;
        }
        var target = switch (request.target()) {
            case Target.Share(double last) -> new Target.Share(reached(step, last));
            case Target.MaxMacs(double last) -> new Target.MaxMacs(1 - reached(step, 1 - last));
            case Target.MaxParameters(long last) -> {
                double share = Math.max(0, 1 - (double) last / Math.max(1, weights));
                yield new Target.MaxParameters(Math.max(last, weights - Math.round(reached(step, share) * weights)));
            }
        };
        var quotas = request.quotas().stream()
                .map(quota -> new Quota(quota.glob(), reached(step, quota.sparsity())))
                .toList();
        return request.withTarget(target).withQuotas(quotas);
    }

    private double reached(int step, double last) {
        return cut.steps().schedule().sparsities(last, cut.steps().number()).get(step);
    }
}
