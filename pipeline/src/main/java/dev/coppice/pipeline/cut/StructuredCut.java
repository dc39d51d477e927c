package dev.coppice.pipeline.cut;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.Model;
import dev.coppice.pipeline.gather.Calibration;
import dev.coppice.pipeline.gather.EvidenceCollector;
import dev.coppice.pipeline.measure.Latency;
import dev.coppice.pipeline.measure.MacShare;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.recipe.LatencyBudget;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.search.LatencyMeter;
import dev.coppice.pipeline.search.LatencySearch;
import dev.coppice.pipeline.search.OddWidths;
import dev.coppice.pipeline.share.MeasuredGroupShares;
import dev.coppice.pipeline.share.MeasuredShares;
import dev.coppice.prune.Blocked;
import dev.coppice.prune.StructuredPlan;
import dev.coppice.prune.allocate.Allocation;
import dev.coppice.prune.group.BodyWeights;
import dev.coppice.prune.group.CutException;
import dev.coppice.prune.group.Group;
import dev.coppice.prune.group.Groups;
import dev.coppice.prune.group.Removal;
import dev.coppice.prune.score.Findings;
import dev.coppice.prune.structure.DenseGroups;
import dev.coppice.prune.structure.Granularity;
import dev.coppice.prune.structure.StructuredPlanner;
import dev.coppice.prune.structure.StructuredRequest;
import dev.coppice.prune.structure.Target;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/** Removes channels and heads from a model in memory, once. */
final class StructuredCut {

    /** A cut that has been planned and carried out, but not repaired. */
    private record Candidate(StructuredPlanner.Planned planned, Removal removal, Model model, List<String> shortfalls) {

        /** Returns what two cuts that are the same have in common. */
        List<StructuredPlan.Entry> key() {
            return planned.plan().entries();
        }
    }

    /** Channels that ONNX Runtime computes a convolution in at a time, at most. */
    private static final int BLOCK = 16;

    private static final String UNCOUNTED =
            "its multiply-accumulates cannot be counted (a size is not known), so that a budget of them does not"
                    + " concern it";

    /** Round widths have to be this much faster, to be worth the coarser choice. */
    private static final double CLEARLY = 0.95;

    private final Recipe recipe;
    private final Model model;
    private final Groups groups;
    private final DenseGroups dense;
    private final MacShare macs;
    private final Progress progress;
    private final List<String> remarks = new ArrayList<>();
    private final Map<List<StructuredPlan.Entry>, Latency> latencies = new HashMap<>();

    @SuppressWarnings("ReferenceEquality") // the first step cuts the dense model itself
    private StructuredCut(Recipe recipe, Model dense, Model model, Progress progress) {
        this.recipe = recipe;
        this.model = model;
        this.progress = progress;
        progress.begin("group");
        this.groups = Groups.of(model);
        this.dense = dense == model ? DenseGroups.of(groups) : DenseGroups.of(Groups.of(dense), groups);
        this.macs = MacShare.of(groups, dense, recipe.shapes());
    }

    /**
     * Plans as {@code request} says, and cuts or masks.
     *
     * @param dense what shares and budgets are of: {@code model} itself, or what earlier steps have made it from
     * @param learnt what training has told about weights already
     */
    static Cutter.Result run(
            Model dense,
            Model model,
            Recipe recipe,
            Recipe.Structured cut,
            StructuredRequest request,
            Findings learnt,
            Progress progress) {
        return new StructuredCut(recipe, dense, model, progress).run(cut, request, learnt);
    }

    private Cutter.Result run(Recipe.Structured cut, StructuredRequest asked, Findings learnt) {
        var calibration = new Calibration(recipe, model, progress);
        var candidates = StructuredPlanner.candidates(groups, dense, asked);
        var known = new EvidenceCollector(recipe, model, asked.criterion(), learnt, progress).ofGroups(candidates);
        var request = measuredShares(asked, known);
        progress.begin("plan");
        var chosen = cut.latency()
                .map(budget -> fastEnough(budget, rounded(budget, request, known), known))
                .orElseGet(() -> candidate(request, known));
        var plan = dense.without(chosen.planned().plan(), chosen.removal());
        var result = cut.maskOnly() ? groups.mask(chosen.removal()) : repaired(chosen, calibration);
        return new Cutter.Result(
                result, plan, new Diagnostics(chosen.shortfalls(), remarks, blocked(chosen.planned(), request)));
    }

    /** Returns the request with each group's share as its measured sensitivity says, where that is asked for. */
    private StructuredRequest measuredShares(StructuredRequest asked, Findings known) {
        if (asked.allocation() != Allocation.SENSITIVITY) {
            return asked;
        }
        double target = asked.target() instanceof Target.Share(double share) ? share : 0;
        var shares = MeasuredShares.measure(recipe, model, target, progress);
        return new MeasuredGroupShares(groups, asked, shares, known, macs).resolve();
    }

    private Candidate candidate(StructuredRequest request, Findings known) {
        var planned = StructuredPlanner.plan(groups, dense, request, known, macs);
        var shortfalls = new ArrayList<>(planned.shortfalls());
        var removal = planned.removal();
        var smaller = possible(groups, removal, groups::cut, shortfalls);
        return new Candidate(planned, removal, smaller, shortfalls);
    }

    /** Lets widths be multiples of a block where that is measured to be faster, unless the user has said what they are to be. */
    private StructuredRequest rounded(LatencyBudget budget, StructuredRequest request, Findings known) {
        if (recipe.settings().integer("round-to").isPresent()) {
            return request;
        }
        double share = budget.millis() ? 0.5 : budget.most();
        var first = request.withTarget(new Target.MaxMacs(share));
        var odd = candidate(first, known);
        if (OddWidths.note(model, odd.model()).isEmpty()) {
            return request;
        }
        double any = latency(odd).ratio();
        double rounded = latency(candidate(first.withRoundTo(BLOCK), known)).ratio();
        if (!(rounded < CLEARLY * any)) {
            return request;
        }
        remarks.add(String.format(
                Locale.ROOT,
                "widths are multiples of %d: at %.3g of the MACs that took %.3g of the dense model's latency, any"
                        + " widths %.3g",
                BLOCK,
                share,
                rounded,
                any));
        return request.withRoundTo(BLOCK);
    }

    /** Measures cuts until the largest that is within a latency budget is found. */
    private Candidate fastEnough(LatencyBudget budget, StructuredRequest request, Findings known) {
        var found = new LatencySearch<>(
                        budget,
                        share -> candidate(request.withTarget(new Target.MaxMacs(share)), known),
                        Candidate::key,
                        this::latency)
                .run();
        var measured = String.format(
                Locale.ROOT,
                "%.3g ms, %.3g of the dense model's, on %d threads of ONNX Runtime; %d cuts were measured",
                found.latency().millis(),
                found.latency().ratio(),
                recipe.threads(),
                found.measured());
        var candidate = found.cut();
        if (found.met()) {
            remarks.add("a latency of at most " + budget + " was asked for; this cut took " + measured);
            return candidate;
        }
        return new Candidate(
                candidate.planned(),
                candidate.removal(),
                candidate.model(),
                List.of("a latency of at most " + budget + " was not reached: the fastest cut took " + measured));
    }

    /** Measures a cut, each once. */
    private Latency latency(Candidate cut) {
        return latencies.computeIfAbsent(cut.key(), _ -> LatencyMeter.measure(cut.model(), recipe, progress));
    }

    private Model repaired(Candidate cut, Calibration calibration) {
        return cut.removal().isEmpty() ? cut.model() : calibration.repair(groups, cut.removal(), cut.model(), remarks);
    }

    /** Cuts; takes back the groups to which some node cannot be fitted, and says so. */
    static Model possible(Groups groups, Removal removal, Function<Removal, Model> cut, List<String> shortfalls) {
        try {
            return cut.apply(removal);
        } catch (CutException e) {
            for (var group : groups.list()) {
                var alone = groups.nothing();
                for (int unit = 0; unit < group.width(); unit++) {
                    if (removal.isRemoved(group, unit)) {
                        alone.remove(group, unit);
                    }
                }
                try {
                    var _ = cut.apply(alone);
                } catch (CutException own) {
                    shortfalls.add(group.name() + " was left as it is: " + own.getMessage());
                    for (int unit = 0; unit < group.width(); unit++) {
                        removal.restore(group, unit);
                    }
                }
            }
            return cut.apply(removal);
        }
    }

    private List<Blocked> blocked(StructuredPlanner.Planned planned, StructuredRequest request) {
        var blocked = new ArrayList<Blocked>();
        for (var group : planned.blocked()) {
            var reason = planned.uncounted().contains(group) ? UNCOUNTED : reason(group, request);
            var names = new ArrayList<String>();
            group.members().forEach(member -> names.add(member.constant()));
            blocked.add(new Blocked(
                    group.name(), StructuredPlanner.node(group), group.head() ? "heads" : "channels", reason, names));
        }
        if (request.granularity().contains(Granularity.CHANNEL)) {
            blocked.addAll(BodyWeights.of(groups.model()));
        }
        return blocked;
    }

    private static String reason(Group group, StructuredRequest request) {
        if (!group.blocked().isEmpty()) {
            return group.width() + " units: " + group.blocked().getFirst();
        }
        return group.normalised() && !request.limits().includeNormalised()
                ? "values are normalised over it: ask for it by --include-normalised"
                : request.criterion().label() + " cannot judge its units: what it looks at is not there";
    }

    /**
     * Carries out a stored plan.
     *
     * @throws BadInputException when the plan does not fit the model
     */
    static Cutter.Result apply(Model model, StructuredPlan plan, boolean maskOnly, Recipe recipe, Progress progress) {
        var groups = Groups.of(model);
        var removal = removal(groups, plan);
        var remarks = new ArrayList<String>();
        var result = maskOnly
                ? groups.mask(removal)
                : new Calibration(recipe, model, progress).repair(groups, removal, cut(groups, removal), remarks);
        return new Cutter.Result(result, plan, new Diagnostics(List.of(), remarks, List.of()));
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

    /**
     * Returns what a plan removes.
     *
     * @throws BadInputException when the plan does not fit the model
     */
    static Removal removal(Groups groups, StructuredPlan plan) {
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
}
