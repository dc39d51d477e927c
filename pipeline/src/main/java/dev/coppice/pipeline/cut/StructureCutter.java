package dev.coppice.pipeline.cut;

import dev.coppice.ir.Model;
import dev.coppice.ir.host.Parallel;
import dev.coppice.pipeline.measure.WeightCounts;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.prune.Quota;
import dev.coppice.prune.StructuredPlan;
import dev.coppice.prune.group.Groups;
import dev.coppice.prune.score.Findings;
import dev.coppice.prune.structure.Granularity;
import dev.coppice.prune.structure.StructuredRequest;
import dev.coppice.prune.structure.Target;

/** Removes channels and heads, or branches of residual connections. */
record StructureCutter(Model dense, Recipe recipe, Recipe.Structured cut, Progress progress) implements Cutter {

    @Override
    public int steps() {
        return cut.steps().number();
    }

    @Override
    public boolean changesGraph() {
        return true;
    }

    @Override
    public Result cut(Model uncut, Model current, int step, Findings learnt) {
        var request = request(uncut, step);
        return isOfBranches()
                ? DepthCut.run(uncut, current, recipe, cut, request, progress)
                : StructuredCut.run(uncut, current, recipe, cut, request, learnt, progress);
    }

    private boolean isOfBranches() {
        return cut.request().granularity().contains(Granularity.LAYER);
    }

    /**
     * Carries out a stored plan.
     *
     * @throws dev.coppice.ir.BadInputException when the plan does not fit the model
     */
    static Result apply(Model model, StructuredPlan plan, boolean maskOnly, Recipe recipe, Progress progress) {
        return plan.granularity().equals(Granularity.LAYER.label())
                ? DepthCut.apply(model, plan, maskOnly, recipe, progress)
                : StructuredCut.apply(model, plan, maskOnly, recipe, progress);
    }

    /** Returns the request for a step; that for the last is the recipe's. */
    private StructuredRequest request(Model uncut, int step) {
        var request = cut.request();
        if (step == steps() - 1) {
            return request;
        }
        var target = switch (request.target()) {
            case Target.Share(double last) -> new Target.Share(reached(step, last));
            case Target.MaxMacs(double last) -> new Target.MaxMacs(1 - reached(step, 1 - last));
            case Target.MaxParameters(long last) -> {
                long weights = weights(uncut);
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
        return cut.steps().reached(step, last);
    }

    /** Counts as the planner of the granularity does. */
    private long weights(Model uncut) {
        if (isOfBranches()) {
            return new WeightCounts(new Parallel(recipe.threads())).of(uncut).parameters();
        }
        var groups = Groups.of(uncut);
        return groups.matrixSize(groups.nothing());
    }
}
