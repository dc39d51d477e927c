package dev.coppice.pipeline;

import dev.coppice.prune.Quota;
import dev.coppice.prune.Selection;
import dev.coppice.prune.allocate.Allocation;
import dev.coppice.prune.structure.Granularity;
import dev.coppice.prune.structure.Scoring;
import dev.coppice.prune.structure.StructuredCriterion;
import dev.coppice.prune.structure.StructuredRequest;
import dev.coppice.prune.structure.StructuredRequest.Limits;
import dev.coppice.prune.structure.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Reads from settings which channels, heads or layers are to be removed. */
final class StructureSettings {

    /** Settings that have a meaning for whole structures only. */
    static final Set<String> NAMES = Set.of(
            "max-macs",
            "aggregate",
            "round-to",
            "min-kept",
            "include-normalised",
            "mask-only",
            "reconstruct",
            "calibrate");

    private static final long CALIBRATION_SAMPLES = 256;

    private StructureSettings() {}

    /** Refuses settings of structured pruning where single weights are pruned. */
    static void requireNone(Settings settings, String granularity) {
        for (var name : NAMES) {
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
        var criterion = StructuredCriterion.named(settings.requiredText("criterion"));
        boolean reconstruct = settings.flag("reconstruct");
        boolean data = settings.values().containsKey("data");
        if (!data && (criterion.needsActivations() || reconstruct)) {
            throw settings.error(
                    reconstruct ? "nothing to reconstruct from" : criterion.label() + " needs activations",
                    "give data: " + dev.coppice.pipeline.data.DataSpec.FORMS);
        }
        boolean maskOnly = settings.flag("mask-only");
        if (maskOnly && reconstruct) {
            throw settings.error("'mask-only' and 'reconstruct' are both given", "leave one of them out");
        }
        var request = new StructuredRequest(
                new Scoring(
                        criterion,
                        Scoring.Aggregate.named(settings.text("aggregate").orElse("mean")),
                        settings.integer("seed").orElse(0L)),
                Granularity.parse(granularity),
                Allocation.named(settings.requiredText("allocate")),
                target(settings, !quotas.isEmpty()),
                quotas,
                new Selection(settings.texts("keep"), settings.texts("only")),
                new Limits(
                        Math.toIntExact(settings.integer("round-to").orElse(1L)),
                        settings.number("min-kept").orElse(0.0),
                        settings.flag("include-normalised")));
        long samples = settings.integer("calibrate").orElse(CALIBRATION_SAMPLES);
        if (samples < 1) {
            throw settings.error("'calibrate' is " + samples, "give the number of samples, 1 or more");
        }
        var steps = CutSettings.steps(settings);
        if (maskOnly && steps.number() > 1) {
            throw settings.error(
                    "'mask-only' in " + steps.number() + " steps",
                    "cut with --run DIR, then mask with --plan DIR/plan.json");
        }
        return new Recipe.Structured(request, maskOnly, reconstruct, samples, steps);
    }

    private static Target target(Settings settings, boolean hasQuotas) {
        var targets = new ArrayList<Target>();
        settings.number("sparsity").ifPresent(share -> targets.add(new Target.Share(share)));
        settings.integer("max-nonzeros").ifPresent(count -> targets.add(new Target.MaxParameters(count)));
        settings.number("max-macs").ifPresent(share -> targets.add(new Target.MaxMacs(share)));
        if (targets.size() > 1) {
            throw settings.error(
                    "more than one of 'sparsity', 'max-nonzeros' and 'max-macs' is given", "give one of them");
        }
        if (targets.isEmpty() && hasQuotas) {
            return new Target.Share(0);
        }
        if (targets.isEmpty()) {
            throw settings.error(
                    "how much to remove is not said",
                    "give a sparsity (the share of channels, such as 0.5), max-macs (the share that may stay) or max-nonzeros");
        }
        return List.copyOf(targets).getFirst();
    }
}
