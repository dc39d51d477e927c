package dev.coppice.pipeline.cut;

import dev.coppice.ir.Model;
import dev.coppice.pipeline.gather.Calibration;
import dev.coppice.pipeline.gather.Gathering;
import dev.coppice.pipeline.gather.WeightFolding;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.share.Shares;
import dev.coppice.prune.Apply;
import dev.coppice.prune.Parameters;
import dev.coppice.prune.Plan;
import dev.coppice.prune.Planner;
import dev.coppice.prune.Selection;
import dev.coppice.prune.allocate.Parallel;
import dev.coppice.prune.score.Criterion;
import dev.coppice.prune.score.Findings;
import java.util.ArrayList;
import java.util.List;

/** Decides and cuts at once: single weights, structure, activations, or what a stored plan says. */
public final class OneShotCut {

    private OneShotCut() {}

    /** Decides and cuts as the recipe says, in memory. */
    public static Pruned run(Model read, Recipe recipe, Progress progress) {
        var workers = new Parallel(recipe.threads());
        return switch (recipe.cut()) {
            case Recipe.Fresh(var selection, var asked, var _) -> {
                var found = WeightFolding.find(read, selection);
                var model = found.model();
                var known = new Gathering(recipe, model, asked.criterion(), progress).ofParameters(found.parameters());
                var parameters = known.parameters();
                var request = Shares.of(recipe, model, asked, parameters.prunable(), progress)
                        .map(sharing -> Shares.resolve(asked, parameters.prunable(), sharing))
                        .orElse(asked);
                var planned = Planner.plan(parameters, request, known.findings(), workers);
                var remarks = new ArrayList<String>();
                var pruned = new Calibration(recipe, model, progress)
                        .repair(Apply.apply(model, parameters, planned, workers), remarks);
                yield new Pruned(model, pruned, planned.plan(), parameters.blocked(), planned.shortfalls())
                        .withRemarks(remarks);
            }
            case Recipe.Structured cut -> {
                var model = WeightFolding.fold(read);
                var result = StructuredCut.run(model, model, recipe, cut, cut.request(), Findings.NONE, progress);
                yield Pruned.ofStructure(model, result.model(), result.plan(), result.blocked(), result.shortfalls())
                        .withRemarks(result.remarks());
            }
            case Recipe.FromPlan(var file, boolean maskOnly)
            when StructurePlanFile.isOne(file) -> {
                var model = WeightFolding.fold(read);
                var result = StructuredCut.apply(model, StructurePlanFile.read(file), maskOnly, recipe, progress);
                yield Pruned.ofStructure(model, result.model(), result.plan(), List.of(), List.of())
                        .withRemarks(result.remarks());
            }
            case Recipe.FromPlan(var file, var _) -> {
                var plan = PlanFile.read(file);
                var found = WeightFolding.find(read, Selection.ALL);
                var remarks = new ArrayList<String>();
                var pruned = new Calibration(recipe, found.model(), progress)
                        .repair(
                                Apply.apply(
                                        found.model(), plan, findings(found.model(), plan, recipe, progress), workers),
                                remarks);
                yield new Pruned(found.model(), pruned, plan, found.parameters().blocked(), List.of())
                        .withRemarks(remarks);
            }
            case Recipe.Activations cut -> ActivationCut.run(read, recipe, cut, progress);
            case Recipe.Nothing _ -> new Pruned(read, read, Plan.NOTHING, List.of(), List.of());
        };
    }

    /** Collects anew what a stored plan's criterion needs to know. */
    static Findings findings(Model model, Plan plan, Recipe recipe, Progress progress) {
        return new Gathering(recipe, model, Criterion.named(plan.criterion()), progress)
                .ofParameters(Parameters.of(model, plan))
                .findings();
    }
}
