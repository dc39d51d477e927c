package dev.coppice.pipeline.cut;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.Model;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.host.Parallel;
import dev.coppice.pipeline.gather.Calibration;
import dev.coppice.pipeline.gather.EvidenceCollector;
import dev.coppice.pipeline.measure.CostAccount;
import dev.coppice.pipeline.measure.WeightCounts;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.prune.Blocked;
import dev.coppice.prune.Glob;
import dev.coppice.prune.StructuredPlan;
import dev.coppice.prune.allocate.Counts;
import dev.coppice.prune.depth.Branch;
import dev.coppice.prune.depth.Branches;
import dev.coppice.prune.depth.Depth;
import dev.coppice.prune.depth.DepthScores;
import dev.coppice.prune.score.Rule;
import dev.coppice.prune.structure.StructuredRequest;
import dev.coppice.prune.structure.Target;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** Drops branches of residual connections from a model in memory, once. */
final class DepthCut {

    private final Model dense;
    private final Model model;
    private final StructuredRequest request;
    private final boolean maskOnly;
    private final Recipe recipe;
    private final List<String> shortfalls = new ArrayList<>();

    private DepthCut(Model dense, Model model, StructuredRequest request, boolean maskOnly, Recipe recipe) {
        this.dense = dense;
        this.model = model;
        this.request = request;
        this.maskOnly = maskOnly;
        this.recipe = recipe;
    }

    /** Plans as {@code request} says of the dense model, and drops or masks. */
    @SuppressWarnings("ReferenceEquality") // the first step cuts the dense model itself
    static Cutter.Result run(
            Model dense,
            Model model,
            Recipe recipe,
            Recipe.Structured cut,
            StructuredRequest request,
            Progress progress) {
        progress.begin("plan");
        var found = Branches.of(model);
        var self = new DepthCut(dense, model, request, cut.maskOnly(), recipe);
        var all = dense == model ? found.list() : Branches.of(dense).list();
        var branches = self.chosen(all, found.list());
        var findings = new EvidenceCollector(recipe, model, request.criterion(), progress).ofBranches(branches);
        var scores = DepthScores.of(
                model, branches, new Rule(request.criterion(), request.scoring().seed(), findings));
        var order = IntStream.range(0, branches.size())
                .boxed()
                .sorted(Comparator.comparingDouble(i -> scores[i]))
                .map(branches::get)
                .toList();
        int gone = self.chosen(all, all).size() - order.size();
        var dropped = self.dropped(order, gone);
        var blocked = new ArrayList<Blocked>();
        found.blocked()
                .forEach(sum ->
                        blocked.add(new Blocked(sum.node(), sum.node(), sum.op(), sum.reason(), List.of(sum.node()))));
        var remarks = new ArrayList<String>();
        var shallower = self.without(dropped);
        var result = dropped.isEmpty() || cut.maskOnly()
                ? shallower
                : new Calibration(recipe, model, progress).repair(shallower, remarks);
        return new Cutter.Result(
                result, self.plan(branches, dropped), new Diagnostics(self.shortfalls, remarks, blocked));
    }

    /** Carries out a stored plan; throws {@link BadInputException} when it does not fit the model. */
    static Cutter.Result apply(Model model, StructuredPlan plan, boolean maskOnly, Recipe recipe, Progress progress) {
        var branches = Branches.of(model).list();
        var dropped = new ArrayList<Branch>();
        for (var entry : plan.entries()) {
            var branch = branches.stream()
                    .filter(other -> other.name().equals(entry.name()))
                    .findFirst()
                    .orElseThrow(() -> new BadInputException(
                            "the plan names a branch " + entry.name() + " that the model does not have",
                            "apply the plan to the model that it was made for"));
            if (!entry.removed().isEmpty()) {
                dropped.add(branch);
            }
        }
        var remarks = new ArrayList<String>();
        var result = maskOnly
                ? Depth.mask(model, dropped)
                : new Calibration(recipe, model, progress).repair(Depth.drop(model, dropped), remarks);
        return new Cutter.Result(result, plan, new Diagnostics(List.of(), remarks, List.of()));
    }

    /** Returns the branches that the request is about; its globs must match some of {@code all}, those that were there at first. */
    private List<Branch> chosen(List<Branch> all, List<Branch> left) {
        var keep = globs(request.selection().keep(), all);
        var only = globs(request.selection().only(), all);
        return left.stream()
                .filter(branch -> !matches(keep, branch) && (only.isEmpty() || matches(only, branch)))
                .toList();
    }

    private static List<Glob> globs(List<String> texts, List<Branch> branches) {
        var globs = texts.stream().map(Glob::new).toList();
        for (var glob : globs) {
            if (branches.stream().noneMatch(branch -> matches(List.of(glob), branch))) {
                throw new UsageException(
                        "'" + glob + "' matches no branch, nor a weight in one",
                        "leave it out to see all branches in the receipt");
            }
        }
        return globs;
    }

    private static boolean matches(List<Glob> globs, Branch branch) {
        return globs.stream()
                .anyMatch(glob -> glob.matches(branch.name())
                        || glob.matches(branch.node())
                        || branch.weights().stream().anyMatch(glob::matches)
                        || branch.nodes().stream().anyMatch(node -> glob.matches(node.label())));
    }

    /** Returns the first branches of an order that, with those that have gone, are enough; one always stays. */
    private List<Branch> dropped(List<Branch> order, int gone) {
        return switch (request.target()) {
            case Target.Share(double share) -> {
                long further = Counts.roundHalfUp(share, gone + order.size()) - gone;
                yield order.subList(0, Math.clamp(further, 0, Math.max(0, order.size() - 1)));
            }
            case Target.MaxMacs(double most) -> {
                double all = macs(dense);
                yield least(
                        order,
                        smaller -> macs(smaller) <= most * all,
                        String.format(Locale.ROOT, "%.1f %% of the MACs", 100 * most));
            }
            case Target.MaxParameters(long most) ->
                least(
                        order,
                        smaller -> counts().of(smaller).parameters() <= most,
                        String.format(Locale.ROOT, "%,d weights", most));
        };
    }

    private interface Goal {
        boolean reached(Model smaller);
    }

    private List<Branch> least(List<Branch> order, Goal goal, String what) {
        for (int count = 0; count < order.size(); count++) {
            var dropped = order.subList(0, count);
            if (goal.reached(count == 0 ? model : Depth.drop(model, dropped))) {
                return dropped;
            }
        }
        shortfalls.add(what + " cannot be reached by dropping branches: one stays");
        return order.subList(0, Math.max(0, order.size() - 1));
    }

    private double macs(Model model) {
        return CostAccount.customary(model, recipe.shapes(), counts()).macs();
    }

    private WeightCounts counts() {
        return new WeightCounts(new Parallel(recipe.threads()));
    }

    private Model without(List<Branch> dropped) {
        if (dropped.isEmpty()) {
            return model;
        }
        return maskOnly ? Depth.mask(model, dropped) : Depth.drop(model, dropped);
    }

    private StructuredPlan plan(List<Branch> branches, List<Branch> dropped) {
        var entries = new ArrayList<StructuredPlan.Entry>();
        for (var branch : branches) {
            var removed = dropped.contains(branch) ? List.of(0) : List.<Integer>of();
            entries.add(new StructuredPlan.Entry(branch.name(), branch.node(), "layer", 1, removed));
        }
        return new StructuredPlan(
                request.criterion().label(),
                "layer",
                request.allocation().label(),
                request.scoring().seed(),
                entries);
    }
}
