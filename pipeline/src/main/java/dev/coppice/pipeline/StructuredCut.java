package dev.coppice.pipeline;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.Model;
import dev.coppice.pipeline.measure.MacShare;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.prune.Blocked;
import dev.coppice.prune.Quota;
import dev.coppice.prune.allocate.Allocation;
import dev.coppice.prune.group.CutException;
import dev.coppice.prune.group.Group;
import dev.coppice.prune.group.Groups;
import dev.coppice.prune.group.Removal;
import dev.coppice.prune.structure.Granularity;
import dev.coppice.prune.structure.StructuredPlan;
import dev.coppice.prune.structure.StructuredPlanner;
import dev.coppice.prune.structure.StructuredRequest;
import dev.coppice.prune.structure.Target;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;

/** Removes channels and heads from a model in memory, once. */
final class StructuredCut {

    /**
     * What came of it.
     *
     * @param shortfalls what was asked for and could not be done, one sentence each
     */
    record Result(Model model, StructuredPlan plan, List<Blocked> blocked, List<String> shortfalls) {}

    private final Recipe recipe;
    private final Model model;
    private final Progress progress;

    private StructuredCut(Recipe recipe, Model model, Progress progress) {
        this.recipe = recipe;
        this.model = model;
        this.progress = progress;
    }

    /** Plans as {@code request} says, and cuts or masks. */
    static Result run(Model model, Recipe recipe, Recipe.Structured cut, StructuredRequest request, Progress progress) {
        return request.granularity().contains(Granularity.LAYER)
                ? DepthCut.run(model, recipe, cut, request, progress)
                : new StructuredCut(recipe, model, progress).run(cut, request);
    }

    private Result run(Recipe.Structured cut, StructuredRequest asked) {
        progress.update("group", 0, 0);
        var groups = Groups.of(model);
        var calibration = new Calibration(recipe, model, cut, progress);
        var activations = asked.criterion().needsActivations()
                ? calibration.energies(StructuredPlanner.candidates(groups, asked))
                : null;
        var macs = MacShare.of(groups);
        var request = asked;
        if (asked.allocation() == Allocation.SENSITIVITY) {
            double target = asked.target() instanceof Target.Share(double share) ? share : 0;
            var shares = MeasuredShares.measure(recipe, model, target, progress);
            request = new MeasuredGroupShares(groups, asked, shares, activations, macs::left).resolve();
        }
        progress.update("plan", 0, 0);
        var planned = StructuredPlanner.plan(groups, request, activations, macs::left);
        var shortfalls = new ArrayList<>(planned.shortfalls());
        var removal = planned.removal();
        var smaller = possible(groups, removal, shortfalls);
        var plan = StructuredPlanner.without(planned.plan(), groups, removal);
        Model result;
        if (cut.maskOnly()) {
            result = groups.mask(removal);
        } else if (cut.reconstruct() && !removal.isEmpty()) {
            result = calibration.reconstruct(groups, removal, smaller);
        } else {
            result = smaller;
        }
        return new Result(result, plan, blocked(planned.blocked()), shortfalls);
    }

    /** Cuts; takes back the groups to which some node cannot be fitted, and says so. */
    private static Model possible(Groups groups, Removal removal, List<String> shortfalls) {
        try {
            return groups.cut(removal);
        } catch (CutException e) {
            for (var group : groups.list()) {
                var alone = groups.nothing();
                for (int unit = 0; unit < group.width(); unit++) {
                    if (removal.isRemoved(group, unit)) {
                        alone.remove(group, unit);
                    }
                }
                try {
                    groups.cut(alone);
                } catch (CutException own) {
                    shortfalls.add(group.name() + " was left as it is: " + own.getMessage());
                    for (int unit = 0; unit < group.width(); unit++) {
                        removal.restore(group, unit);
                    }
                }
            }
            return groups.cut(removal);
        }
    }

    private static List<Blocked> blocked(List<Group> groups) {
        var blocked = new ArrayList<Blocked>();
        for (var group : groups) {
            var reason = group.blocked().isEmpty()
                    ? "values are normalised over it: ask for it by --include-normalised"
                    : group.width() + " units: " + group.blocked().getFirst();
            var names = new ArrayList<String>();
            group.members().forEach(member -> names.add(member.constant()));
            blocked.add(new Blocked(
                    group.name(), StructuredPlanner.node(group), group.head() ? "heads" : "channels", reason, names));
        }
        return blocked;
    }

    /**
     * Carries out a stored plan.
     *
     * @throws BadInputException when the plan does not fit the model
     */
    static Result apply(Model model, StructuredPlan plan, boolean maskOnly) {
        if (plan.granularity().equals(Granularity.LAYER.label())) {
            return DepthCut.apply(model, plan, maskOnly);
        }
        var groups = Groups.of(model);
        var removal = removal(groups, plan);
        return new Result(maskOnly ? groups.mask(removal) : cut(groups, removal), plan, List.of(), List.of());
    }

    private static Model cut(Groups groups, Removal removal) {
        try {
            return groups.cut(removal);
        } catch (CutException e) {
            throw new BadInputException(
                    "the plan cannot be carried out: " + e.getMessage(),
                    "leave the group that it names out of the plan",
                    e);
        }
    }

    private static Removal removal(Groups groups, StructuredPlan plan) {
        var byName = new HashMap<String, Group>();
        groups.list().forEach(group -> byName.put(group.name(), group));
        var removal = groups.nothing();
        for (var entry : plan.entries()) {
            var group = byName.get(entry.name());
            if (group == null || group.width() != entry.width()) {
                throw new BadInputException(
                        "the plan names a group " + entry.name() + " of " + entry.width() + " units, "
                                + (group == null
                                        ? "which the model does not have"
                                        : "the model's has " + group.width()),
                        "apply the plan to the model that it was made for");
            }
            for (int unit : entry.removed()) {
                if (unit < 0 || unit >= group.width() || !group.blocked().isEmpty()) {
                    throw new BadInputException(
                            "the plan removes unit " + unit + " of " + entry.name() + ", which cannot go",
                            "units are counted from 0; 'coppice inspect' says what blocks a group");
                }
                removal.remove(group, unit);
            }
        }
        if (!groups.emptied(removal).isEmpty()) {
            throw new BadInputException(
                    "the plan leaves nothing of "
                            + groups.emptied(removal).getFirst().name(),
                    "at least one unit has to stay");
        }
        return removal;
    }

    /** Returns the request for step {@code step} of several, relative to what the steps before have left. */
    static StructuredRequest scaled(StructuredRequest request, Recipe.Steps steps, int step) {
        if (steps.number() == 1) {
            return request;
        }
        var target = switch (request.target()) {
            case Target.Share(double last) -> new Target.Share(further(steps, step, last));
            case Target.MaxMacs(double last) -> new Target.MaxMacs(1 - further(steps, step, 1 - last));
            case Target.MaxParameters most -> most;
        };
        var quotas = request.quotas().stream()
                .map(quota -> new Quota(quota.glob(), further(steps, step, quota.sparsity())))
                .toList();
        return new StructuredRequest(
                request.scoring(),
                request.granularity(),
                request.allocation(),
                target,
                quotas,
                request.selection(),
                request.limits());
    }

    /** Returns the share of what is left that a step removes. */
    private static double further(Recipe.Steps steps, int step, double last) {
        if (last <= 0) {
            return 0;
        }
        var shares = steps.schedule().sparsities(last, steps.number());
        double before = step == 0 ? 0 : shares.get(step - 1);
        return Math.max(0, 1 - (1 - shares.get(step)) / (1 - before));
    }
}
