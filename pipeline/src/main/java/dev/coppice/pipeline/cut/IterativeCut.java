package dev.coppice.pipeline.cut;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.Model;
import dev.coppice.pipeline.gather.Calibration;
import dev.coppice.pipeline.gather.Gathering;
import dev.coppice.pipeline.gather.WeightFolding;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.recover.Recover;
import dev.coppice.pipeline.report.Json;
import dev.coppice.pipeline.run.Fingerprint;
import dev.coppice.pipeline.run.Provenance;
import dev.coppice.pipeline.run.RunDirectory;
import dev.coppice.pipeline.share.Shares;
import dev.coppice.prune.Apply;
import dev.coppice.prune.Blocked;
import dev.coppice.prune.Parameters;
import dev.coppice.prune.Plan;
import dev.coppice.prune.Planned;
import dev.coppice.prune.Planner;
import dev.coppice.prune.PruneRequest;
import dev.coppice.prune.Quota;
import dev.coppice.prune.Selection;
import dev.coppice.prune.allocate.Budget;
import dev.coppice.prune.allocate.Parallel;
import dev.coppice.prune.score.Evidence;
import dev.coppice.prune.score.Findings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Cuts a model in the steps of a recipe, with training after each. */
public final class IterativeCut implements Recover.Cutter {

    private final Recipe recipe;
    private final Optional<RunDirectory> directory;
    private final Parallel workers;
    private final Progress progress;
    private Model dense;
    private List<Blocked> blocked = List.of();
    private Optional<Shares.Sharing> sharing = Optional.empty(); // by the dense model, for every step
    private Planned planned = Planned.of(Plan.NOTHING, Findings.NONE);
    private List<String> repaired = List.of(); // what the last step's repair came to

    private IterativeCut(Recipe recipe, Model dense, Optional<RunDirectory> directory, Progress progress) {
        this.progress = progress;
        this.recipe = recipe;
        this.dense = dense;
        this.directory = directory;
        this.workers = new Parallel(recipe.threads());
    }

    /**
     * Prunes and trains as a recipe says.
     *
     * @param resume whether to go on from the run directory's last checkpoint
     */
    public static Pruned run(
            Model read, Recipe recipe, Optional<RunDirectory> directory, boolean resume, Progress progress) {
        return new IterativeCut(recipe, read, directory, progress).run(resume);
    }

    private Pruned run(boolean resume) {
        var selection = recipe.cut() instanceof Recipe.Fresh fresh ? fresh.selection() : Selection.ALL;
        if (!(recipe.cut() instanceof Recipe.Nothing)) {
            var found = WeightFolding.find(dense, selection);
            dense = found.model();
            blocked = found.parameters().blocked();
        }
        boolean sparse = SparseTraining.isAskedFor(recipe);
        if (recipe.cut() instanceof Recipe.Fresh(var chosen, var request, var _)) {
            var prunable = Parameters.of(dense, chosen).prunable();
            sharing = Shares.of(recipe, dense, request, prunable, progress);
        }
        var data = recipe.data().orElseThrow();
        var recovered = Recover.run(
                new Recover.Job(
                        sparse ? SparseTraining.scaled(dense) : dense,
                        Recover.Teacher.itself(Provenance.sha256OfModel(recipe.model())),
                        this,
                        recipe.recovery().orElseThrow(),
                        data.spec(),
                        data.options(),
                        recipe.settings().integer("seed").orElse(0L),
                        recipe.threads(),
                        directory.map(RunDirectory::path),
                        resume,
                        Fingerprint.of(recipe),
                        isMovementNeeded(recipe)),
                progress);
        var shortfalls = new ArrayList<>(planned.shortfalls());
        shortfalls.addAll(recovered.shortfalls());
        var trained = sparse ? SparseTraining.folded(recovered.model()) : recovered.model();
        var remarks = new ArrayList<>(repaired);
        remarks.addAll(recovered.remarks());
        return new Pruned(dense, trained, planned.plan(), blocked, shortfalls).withRemarks(remarks);
    }

    @Override
    public Map<String, String> notes() {
        return Map.of(
                "plan", Json.line(PlanFile.describe(planned.plan())),
                "said", Json.line(new Said(planned.shortfalls(), repaired, blocked).describe()));
    }

    /** Takes over the plan of the stage that was interrupted; a stage that begins anew makes its own. */
    @Override
    public void resume(Map<String, String> notes) {
        var from = Path.of("the checkpoint");
        var said = Said.of(from, map(notes, "said"));
        var plan = map(notes, "plan");
        blocked = said.blocked();
        repaired = said.remarks();
        planned = plan.get("weights") instanceof List<?> weights && weights.isEmpty()
                ? Planned.of(Plan.NOTHING, Findings.NONE)
                : new Planned(PlanFile.read(from, plan), said.shortfalls(), Map.of(), Findings.NONE);
    }

    private static Map<?, ?> map(Map<String, String> notes, String name) {
        try {
            if (Json.read(notes.getOrDefault(name, "")) instanceof Map<?, ?> map) {
                return map;
            }
        } catch (IOException e) {
            throw new BadInputException(
                    "the checkpoint's " + name + " is malformed", "begin anew in another directory: --run", e);
        }
        throw new BadInputException("the checkpoint has no " + name, "begin anew in another directory: --run");
    }

    /** Says whether the criterion asks how training has moved weights. */
    static boolean isMovementNeeded(Recipe recipe) {
        return switch (recipe.cut()) {
            case Recipe.Fresh fresh -> fresh.request().criterion().needs().contains(Evidence.MOVEMENT);
            case Recipe.Structured cut -> cut.request().criterion().needs().contains(Evidence.MOVEMENT);
            case Recipe.FromPlan _, Recipe.Activations _, Recipe.Nothing _ -> false;
        };
    }

    @Override
    public Model cut(Model current, int step, Findings learnt) {
        var masked = switch (recipe.cut()) {
            case Recipe.Fresh(var selection, var request, var steps) -> {
                var known = new Gathering(recipe, current, request.criterion(), learnt, progress)
                        .ofParameters(Parameters.of(current, selection));
                var parameters = known.parameters();
                blocked = parameters.blocked().isEmpty() ? blocked : parameters.blocked();
                var now = scaled(request, steps, step, parameters.size());
                planned = Planner.plan(
                        parameters,
                        sharing.map(by -> Shares.resolve(now, parameters.prunable(), by))
                                .orElse(now),
                        known.findings(),
                        workers);
                yield Apply.apply(current, parameters, planned, workers);
            }
            case Recipe.FromPlan(Path file, var _) -> {
                var plan = PlanFile.read(file);
                planned = Planned.of(plan, OneShotCut.findings(current, plan, recipe, progress));
                yield Apply.apply(current, plan, planned.findings(), workers);
            }
            case Recipe.Structured _ -> throw new IllegalStateException("structure is cut elsewhere");
            case Recipe.Activations _ -> throw new IllegalStateException("activations are pruned without training");
            case Recipe.Nothing _ -> current;
        };
        var remarks = new ArrayList<String>();
        var result = new Calibration(recipe, current, progress).repair(masked, remarks);
        repaired = remarks;
        directory.ifPresent(to -> to.json("plan.json", PlanFile.describe(planned.plan())));
        return result;
    }

    /** Returns the request for one of several steps: every share at what the schedule has reached by then. */
    private static PruneRequest scaled(PruneRequest request, Recipe.Steps steps, int step, long weights) {
        var budget = switch (request.budget()) {
            case Budget.Sparsity(double last) -> new Budget.Sparsity(reached(steps, step, last));
            case Budget.MaxNonZeros(long least) -> {
                double last = Math.max(0, 1 - (double) least / Math.max(1, weights));
                long kept = weights - Math.round(reached(steps, step, last) * weights);
                yield new Budget.MaxNonZeros(step == steps.number() - 1 ? least : Math.max(least, kept));
            }
            case Budget.OfPattern pattern -> pattern;
        };
        var quotas = request.quotas().stream()
                .map(quota -> new Quota(quota.glob(), reached(steps, step, quota.sparsity())))
                .toList();
        return new PruneRequest(
                request.criterion(), request.pattern(), request.allocation(), budget, quotas, request.seed());
    }

    private static double reached(Recipe.Steps steps, int step, double last) {
        return steps.schedule().sparsities(last, steps.number()).get(step);
    }
}
