package dev.coppice.pipeline.recipe;

import dev.coppice.pipeline.data.spec.DataSpec;
import dev.coppice.pipeline.recipe.Option.Group;
import dev.coppice.prune.PruneRequest;
import dev.coppice.prune.Quota;
import dev.coppice.prune.Selection;
import dev.coppice.prune.allocate.Allocation;
import dev.coppice.prune.allocate.Budget;
import dev.coppice.prune.pattern.Pattern;
import dev.coppice.prune.schedule.Schedule;
import dev.coppice.prune.score.Criteria;
import dev.coppice.prune.score.Criterion;
import dev.coppice.prune.structure.Granularity;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Reads from settings what is to be pruned. */
final class CutSettings {

    /** Settings that say what to prune. */
    private static final Set<String> NAMES = OptionTable.names(Group.GOAL, Group.CUT, Group.STRUCTURE);

    private CutSettings() {}

    /** Fills in the defaults; a plan, or training alone, needs none. */
    static Settings withDefaults(Settings given) {
        boolean decided = false;
        for (var other : new String[] {"plan", "epochs"}) {
            if (given.values().containsKey(other)) {
                requireNone(given, other);
                decided = true;
            }
        }
        if (decided || onlyInt8(given)) {
            return given;
        }
        var defaults = new LinkedHashMap<String, Object>();
        defaults.put("criterion", OptionTable.named("criterion").otherwise());
        defaults.put("granularity", OptionTable.named("granularity").otherwise());
        defaults.put("allocate", allocation(given));
        defaults.put("seed", 0L);
        return new Settings(given.origin(), defaults).with(given.values());
    }

    /** Says whether precision is all that is to change: nothing is said of what to prune. */
    private static boolean onlyInt8(Settings given) {
        var names = given.values().keySet();
        return names.contains("int8") && NAMES.stream().noneMatch(names::contains);
    }

    /** Returns the allocation that goes with the criterion: the paper's for single weights, else uniform. */
    private static String allocation(Settings given) {
        boolean single = given.text("granularity").orElse("unstructured").equals("unstructured");
        return single
                ? given.text("criterion")
                        .map(Criteria::named)
                        .map(Criterion::allocation)
                        .orElse("uniform")
                : "uniform";
    }

    private static void requireNone(Settings given, String other) {
        var decided = new TreeSet<>(NAMES);
        decided.removeAll(other.equals("plan") ? Set.of("plan", "mask-only") : Set.of());
        for (var name : decided) {
            if (given.values().containsKey(name)) {
                throw given.error(
                        "'" + name + "' contradicts '" + other + "', which "
                                + (other.equals("plan") ? "fixes it" : "trains without pruning"),
                        "leave one of them out");
            }
        }
    }

    static Recipe.Cut cut(Settings settings) {
        if (settings.values().containsKey("epochs")) {
            return new Recipe.Nothing();
        }
        var plan = settings.path("plan");
        if (plan.isPresent()) {
            return new Recipe.FromPlan(plan.get(), settings.flag("mask-only"));
        }
        if (onlyInt8(settings)) {
            return new Recipe.Nothing();
        }
        var granularity = settings.requiredText("granularity");
        checkCurves(settings, granularity);
        if (Granularity.isStructured(granularity)) {
            return StructureSettings.cut(settings, granularity);
        }
        StructureSettings.requireNone(settings, granularity);
        if (granularity.equals("activation")) {
            return activations(settings);
        }
        var pattern = Pattern.parse(granularity);
        var quotas = new ArrayList<Quota>();
        settings.numbersByName("layers").forEach((glob, sparsity) -> quotas.add(new Quota(glob, sparsity)));
        var criterion = Criteria.named(settings.requiredText("criterion"));
        var request = new PruneRequest(
                criterion,
                pattern,
                Allocation.named(settings.requiredText("allocate")),
                budget(settings, pattern, !quotas.isEmpty()),
                quotas,
                settings.integer("seed").orElse(0L));
        requireData(criterion, settings);
        return new Recipe.Fresh(
                new Selection(settings.texts("keep"), settings.texts("only")), request, steps(settings, request));
    }

    /** Checks what the allocation by measured curves needs, and that nothing else is told to measure. */
    private static void checkCurves(Settings settings, String granularity) {
        var allocate = settings.requiredText("allocate");
        boolean measured = allocate.equals(Allocation.SENSITIVITY.label());
        if (!measured && settings.values().containsKey("curves")) {
            throw settings.error("'curves' are for the allocation sensitivity", "add allocate: sensitivity");
        }
        if (!measured && !allocate.equals(Allocation.OWL.label())) {
            return;
        }
        if (!settings.values().containsKey("data")) {
            throw settings.error("the allocation " + allocate + " looks at data", "give data: " + DataSpec.FORMS);
        }
        if (!measured || !Granularity.isStructured(granularity)) {
            return;
        }
        if (granularity.equals(Granularity.LAYER.label())) {
            throw settings.error(
                    "whole layers are there or not, which makes no curve",
                    "choose channel or head, or another allocation");
        }
        if (steps(settings).number() > 1) {
            throw settings.error(
                    "channels allocated by sensitivity in steps",
                    "the curves are of the uncut model: cut at once, or choose another allocation");
        }
    }

    private static Recipe.Activations activations(Settings settings) {
        for (var name : List.of("fine-tune", "distill", "steps", "schedule", "layers", "max-nonzeros")) {
            if (settings.values().containsKey(name)) {
                throw settings.error("'" + name + "' has no meaning for the granularity activation", "leave it out");
            }
        }
        if (!settings.requiredText("criterion").equals("l1")
                || !settings.requiredText("allocate").equals("uniform")) {
            throw settings.error(
                    "activations go by their magnitude, the same share in every layer",
                    "leave criterion and allocate out");
        }
        if (!settings.values().containsKey("data")) {
            throw settings.error("thresholds need data to be calibrated on", "give data: " + DataSpec.FORMS);
        }
        double share = settings.number("sparsity")
                .orElseThrow(() -> settings.error(
                        "how many activations are to become zero is not said", "give a sparsity, such as 0.5"));
        var checked = new Budget.Sparsity(share);
        return new Recipe.Activations(checked.share(), new Selection(settings.texts("keep"), settings.texts("only")));
    }

    private static Recipe.Steps steps(Settings settings, PruneRequest request) {
        var steps = steps(settings);
        if (steps.number() > 1 && request.pattern() instanceof Pattern.NofM) {
            throw settings.error(
                    request.pattern().label() + " in " + steps.number() + " steps",
                    "an N:M pattern is pruned at once: leave steps and schedule out");
        }
        return steps;
    }

    /** Returns in how many steps, and how unequal ones, pruning goes to its end. */
    static Recipe.Steps steps(Settings settings) {
        var number = settings.integer("steps");
        var named = settings.text("schedule").map(Schedule::named);
        int steps = Math.toIntExact(number.orElse(named.orElse(Schedule.ONE_SHOT) == Schedule.ONE_SHOT ? 1L : 5L));
        var schedule = named.orElse(steps == 1 ? Schedule.ONE_SHOT : Schedule.CUBIC);
        schedule.sparsities(0.5, steps); // refuses what cannot be
        return new Recipe.Steps(schedule, steps);
    }

    private static Budget budget(Settings settings, Pattern pattern, boolean hasQuotas) {
        var sparsity = settings.number("sparsity");
        var most = settings.integer("max-nonzeros");
        if (sparsity.isPresent() && most.isPresent()) {
            throw settings.error(
                    "'sparsity' and 'max-nonzeros' are both given", "they are two ways to say one thing: give one");
        }
        if (most.isPresent()) {
            return new Budget.MaxNonZeros(most.get());
        }
        if (sparsity.isPresent()) {
            return new Budget.Sparsity(sparsity.get());
        }
        if (pattern instanceof Pattern.NofM) {
            return new Budget.OfPattern();
        }
        if (hasQuotas) {
            return new Budget.Sparsity(0);
        }
        throw settings.error(
                "how much to prune is not said", "give a sparsity (such as 0.5), a number of max-nonzeros, or a plan");
    }

    /** Throws the error for a criterion that needs data where a recipe has none. */
    static void requireData(Criterion criterion, Settings settings) {
        if (criterion.needsData() && !settings.values().containsKey("data")) {
            throw settings.error(
                    "the criterion " + criterion.label() + " needs data to look at", "give data: " + DataSpec.FORMS);
        }
    }
}
