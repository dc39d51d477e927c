package dev.coppice.pipeline.cut;

import dev.coppice.ir.Model;
import dev.coppice.ir.host.Parallel;
import dev.coppice.pipeline.gather.Calibration;
import dev.coppice.pipeline.gather.EvidenceCollector;
import dev.coppice.pipeline.gather.WeightFolding;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.share.Shares;
import dev.coppice.prune.Apply;
import dev.coppice.prune.Blocked;
import dev.coppice.prune.Parameters;
import dev.coppice.prune.Planner;
import dev.coppice.prune.PruneRequest;
import dev.coppice.prune.Quota;
import dev.coppice.prune.allocate.Budget;
import dev.coppice.prune.score.Findings;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Masks single weights, or patterns of them. */
final class WeightCutter implements Cutter {

    private final Recipe recipe;
    private final Recipe.Fresh cut;
    private final Progress progress;
    private final WeightFolding.Found found;
    private Optional<Shares.Sharing> sharing = Optional.empty(); // by the dense model, for every step
    private boolean shared;

    WeightCutter(Model read, Recipe recipe, Recipe.Fresh cut, Progress progress) {
        this.recipe = recipe;
        this.cut = cut;
        this.progress = progress;
        this.found = WeightFolding.find(read, cut.selection());
    }

    @Override
    public Model dense() {
        return found.model();
    }

    /** Zeros are the lowest at every later step, so that without training all may as well go at once. */
    @Override
    public int steps() {
        return recipe.recovery().isPresent() ? cut.steps().number() : 1;
    }

    @Override
    public Result cut(Model uncut, Model current, int step, Findings learnt) {
        var known = new EvidenceCollector(recipe, current, cut.request().criterion(), learnt, progress)
                .ofParameters(Parameters.of(current, cut.selection()));
        var parameters = known.parameters();
        if (!shared) {
            // A resumed run has to come to the same: later steps share out what was there before the first.
            var prunable =
                    steps() == 1 ? parameters.prunable() : found.parameters().prunable();
            sharing = Shares.of(recipe, dense(), cut.request(), prunable, progress);
            shared = true;
        }
        var now = request(step, parameters.size());
        var request = sharing.map(by -> Shares.resolve(now, parameters.prunable(), by))
                .orElse(now);
        var workers = new Parallel(recipe.threads());
        var planned = Planner.plan(parameters, request, known.findings(), workers);
        var remarks = new ArrayList<String>();
        var repaired = new Calibration(recipe, current, progress)
                .repair(Apply.apply(current, parameters, planned, workers), remarks);
        return new Result(
                repaired,
                planned.plan(),
                new Diagnostics(planned.shortfalls(), remarks, blocked(parameters.blocked())));
    }

    private List<Blocked> blocked(List<Blocked> now) {
        return now.isEmpty() ? found.parameters().blocked() : now;
    }

    /** Returns the request for a step: every share at what the schedule has reached by then. */
    private PruneRequest request(int step, long weights) {
        var request = cut.request();
        if (step == steps() - 1) {
            return request;
        }
        var budget = switch (request.budget()) {
            case Budget.Sparsity(double last) -> new Budget.Sparsity(reached(step, last));
            case Budget.MaxNonZeros(long least) -> {
                double last = Math.max(0, 1 - (double) least / Math.max(1, weights));
                yield new Budget.MaxNonZeros(Math.max(least, weights - Math.round(reached(step, last) * weights)));
            }
            case Budget.OfPattern pattern -> pattern;
        };
        var quotas = request.quotas().stream()
                .map(quota -> new Quota(quota.glob(), reached(step, quota.sparsity())))
                .toList();
        return new PruneRequest(
                request.criterion(), request.pattern(), request.allocation(), budget, quotas, request.seed());
    }

    private double reached(int step, double last) {
        return cut.steps().reached(step, last);
    }
}
