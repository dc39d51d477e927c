package dev.coppice.pipeline.cut;

import dev.coppice.ir.Model;
import dev.coppice.ir.host.Parallel;
import dev.coppice.pipeline.gather.Calibration;
import dev.coppice.pipeline.gather.EvidenceCollector;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.prune.ActivationPlan;
import dev.coppice.prune.Apply;
import dev.coppice.prune.Parameters;
import dev.coppice.prune.Plan;
import dev.coppice.prune.Selection;
import dev.coppice.prune.StructuredPlan;
import dev.coppice.prune.WeightPlan;
import dev.coppice.prune.score.Criteria;
import dev.coppice.prune.score.Findings;
import java.util.ArrayList;
import java.util.List;

/**
 * Carries out a stored plan.
 *
 * @param maskOnly whether zeros are written in place of a cut
 */
record PlanCutter(Model dense, Plan plan, boolean maskOnly, Recipe recipe, Progress progress) implements Cutter {

    @Override
    public boolean changesGraph() {
        return plan instanceof StructuredPlan;
    }

    /** Errors: {@link dev.coppice.ir.BadInputException} when the plan does not fit the model. */
    @Override
    public Result cut(Model uncut, Model current, int step, Findings learnt) {
        return switch (plan) {
            case WeightPlan weights -> masked(current, weights);
            case StructuredPlan structure -> StructureCutter.apply(current, structure, maskOnly, recipe, progress);
            case ActivationPlan _ -> throw new IllegalStateException("thresholds are calibrated, not read");
        };
    }

    private Result masked(Model model, WeightPlan weights) {
        // What the criterion needs to know is collected anew.
        var findings = new EvidenceCollector(recipe, model, Criteria.named(weights.criterion()), progress)
                .ofParameters(Parameters.of(model, weights))
                .findings();
        var remarks = new ArrayList<String>();
        var repaired = new Calibration(recipe, model, progress)
                .repair(Apply.apply(model, weights, findings, new Parallel(recipe.threads())), remarks);
        var blocked = Parameters.of(dense, Selection.ALL).blocked();
        return new Result(repaired, weights, new Diagnostics(List.of(), remarks, blocked));
    }
}
