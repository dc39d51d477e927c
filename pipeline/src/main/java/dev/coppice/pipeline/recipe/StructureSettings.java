package dev.coppice.pipeline.recipe;

import dev.coppice.pipeline.recipe.Option.Group;
import dev.coppice.prune.Quota;
import dev.coppice.prune.Selection;
import dev.coppice.prune.allocate.Allocation;
import dev.coppice.prune.score.Criteria;
import dev.coppice.prune.structure.Granularity;
import dev.coppice.prune.structure.Scoring;
import dev.coppice.prune.structure.StructuredRequest;
import dev.coppice.prune.structure.StructuredRequest.Limits;
import dev.coppice.prune.structure.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads from settings which channels, heads or layers are to be removed. */
final class StructureSettings {

    private StructureSettings() {}

    /** Refuses settings of structured pruning where single weights are pruned. */
    static void requireNone(Settings settings, String granularity) {
        var names = OptionTable.names(Group.STRUCTURE);
        names.addAll(List.of("max-macs", "max-latency"));
        for (var name : names) {
            if (settings.values().containsKey(name)) {
                throw settings.error(
                        "'" + name + "' has no meaning for the granularity " + granularity,
                        "it is for channel, head and layer");
            }
        }
    }

    static Recipe.Structured cut(Settings settings, String granularity) {
        var quotas = new ArrayList<Quota>();
        settings.numbersByName("layers").forEach((glob, share) -> quotas.add(new Quota(glob, share)));
        var criterion = Criteria.named(settings.requiredText("criterion"));
        CutSettings.requireData(criterion, settings);
        var latency = settings.text("max-latency").map(text -> LatencyBudget.parse(settings, text));
        var request = new StructuredRequest(
                new Scoring(criterion, settings.integer("seed").orElse(0L)),
                Granularity.parse(granularity),
                Allocation.named(settings.requiredText("allocate")),
                target(settings, latency, !quotas.isEmpty()),
                quotas,
                new Selection(settings.texts("keep"), settings.texts("only")),
                new Limits(
                        Math.toIntExact(settings.integer("round-to").orElse(1L)),
                        settings.number("min-kept").orElse(0.0),
                        settings.flag("include-normalised")));
        var steps = CutSettings.steps(settings);
        if (latency.isPresent()) {
            checkLatency(settings, request, steps);
        }
        boolean maskOnly = settings.flag("mask-only");
        if (maskOnly && steps.number() > 1) {
            throw settings.error(
                    "'mask-only' in " + steps.number() + " steps",
                    "cut with --run DIR, then mask with --plan DIR/plan.json");
        }
        return new Recipe.Structured(request, maskOnly, latency, steps);
    }

    private static void checkLatency(Settings settings, StructuredRequest request, Recipe.Steps steps) {
        if (steps.number() > 1) {
            throw settings.error(
                    "'max-latency' in " + steps.number() + " steps",
                    "find the cut in one step, and give its MACs as max-macs to prune in several");
        }
        if (request.allocation() == Allocation.SENSITIVITY) {
            throw settings.error("'max-latency' with the allocation sensitivity", "give uniform, global or max-macs");
        }
        if (request.granularity().contains(Granularity.LAYER)) {
            throw settings.error("'max-latency' for the granularity layer", "give max-macs, or cut channels and heads");
        }
    }

    private static Target target(Settings settings, Optional<LatencyBudget> latency, boolean hasQuotas) {
        var targets = new ArrayList<Target>();
        settings.number("sparsity").ifPresent(share -> targets.add(new Target.Share(share)));
        settings.integer("max-nonzeros").ifPresent(count -> targets.add(new Target.MaxParameters(count)));
        settings.number("max-macs").ifPresent(share -> targets.add(new Target.MaxMacs(share)));
        // How many MACs that is, measuring will tell.
        latency.ifPresent(_ -> targets.add(new Target.MaxMacs(1)));
        if (targets.size() > 1) {
            throw settings.error(
                    "more than one of 'sparsity', 'max-nonzeros', 'max-macs' and 'max-latency' is given",
                    "give one of them");
        }
        if (targets.isEmpty() && hasQuotas) {
            return new Target.Share(0);
        }
        if (targets.isEmpty()) {
            throw settings.error(
                    "how much to remove is not said",
                    "give a sparsity (the share of channels, such as 0.5), max-macs or max-latency (the share that may"
                            + " stay) or max-nonzeros");
        }
        return List.copyOf(targets).getFirst();
    }
}
