package dev.coppice.pipeline.cut;

import dev.coppice.ir.Model;
import dev.coppice.pipeline.data.spec.DataOptions.Split;
import dev.coppice.pipeline.evidence.ActivationSparsity;
import dev.coppice.pipeline.gather.WeightFolding;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.prune.ActivationPlan;
import dev.coppice.prune.Blocked;
import dev.coppice.prune.activation.ActivationGates;
import dev.coppice.prune.score.Findings;
import java.util.ArrayList;
import java.util.List;

/** Prunes activations: writes thresholds into the graph, calibrated on a recipe's data, and measures them on other data. */
final class ActivationCutter implements Cutter {

    private final WeightFolding.Found found;
    private final Recipe recipe;
    private final Recipe.Activations cut;
    private final Progress progress;

    ActivationCutter(Model read, Recipe recipe, Recipe.Activations cut, Progress progress) {
        this.found = WeightFolding.find(read, cut.selection());
        this.recipe = recipe;
        this.cut = cut;
        this.progress = progress;
    }

    @Override
    public Model dense() {
        return found.model();
    }

    @Override
    public Result cut(Model uncut, Model model, int step, Findings learnt) {
        var data = recipe.data().orElseThrow();
        var calibrated = ActivationSparsity.calibrate(
                model,
                found.parameters().prunable(),
                cut.share(),
                data.samples(model, recipe.calibrate()),
                recipe.threads(),
                progress);
        var gates =
                calibrated.gates().stream().filter(gate -> gate.threshold() > 0).toList();
        var gated = ActivationGates.insert(model, gates);
        boolean heldOut = recipe.testData().isPresent()
                || (data.spec().hasSplits() && data.options().split().isEmpty());
        var judge = recipe.testData().orElse(data);
        var options =
                heldOut && judge.options().split().isEmpty() && judge.spec().hasSplits()
                        ? judge.options().withSplit(Split.TEST)
                        : judge.options();
        var measured = ActivationSparsity.measure(
                gated,
                gates,
                new Recipe.Data(judge.spec(), options).samples(model, recipe.calibrate()),
                recipe.threads(),
                progress);
        var layers = new ArrayList<ActivationPlan.Entry>();
        for (var gate : calibrated.gates()) {
            double before = calibrated.zeros().getOrDefault(gate.value(), 0.0);
            layers.add(new ActivationPlan.Entry(
                    gate.value(),
                    gate.threshold(),
                    before,
                    Math.max(before, cut.share()),
                    measured.getOrDefault(gate.value(), before)));
        }
        var blocked = new ArrayList<>(found.parameters().blocked());
        for (var parameter : found.parameters().prunable()) {
            var reason = calibrated.refused().get(parameter.name());
            if (reason != null) {
                blocked.add(
                        new Blocked(parameter.name(), parameter.node(), parameter.op(), reason, parameter.aliases()));
            }
        }
        return new Result(gated, new ActivationPlan(heldOut, layers), new Diagnostics(List.of(), List.of(), blocked));
    }
}
