package dev.coppice.pipeline.recipe;

import dev.coppice.pipeline.data.spec.DataSpec;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Reads from settings how a pruned model is repaired without training. */
final class RepairSettings {

    private static final long CALIBRATION_SAMPLES = 256;

    private RepairSettings() {}

    /** Returns the repairs asked for, in the order in which they are done. */
    static Recipe.Repairs of(Settings settings, Recipe.Cut cut) {
        var wanted = EnumSet.noneOf(Repair.class);
        for (var text : settings.texts("repair")) {
            for (var name : text.split(",", -1)) {
                wanted.add(Repair.named(name.strip()));
            }
        }
        if (!wanted.isEmpty()) {
            check(settings, cut, wanted);
        }
        long samples = settings.integer("calibrate").orElse(CALIBRATION_SAMPLES);
        return new Recipe.Repairs(List.copyOf(new ArrayList<>(wanted)), samples);
    }

    private static void check(Settings settings, Recipe.Cut cut, Set<Repair> wanted) {
        if (settings.text("data").isEmpty()) {
            throw settings.error("nothing to repair by", "give data: " + DataSpec.FORMS);
        }
        switch (cut) {
            case Recipe.Nothing _ ->
                throw settings.error("nothing is pruned that could be repaired", "leave repair out");
            case Recipe.Activations _ ->
                throw settings.error("no weight is pruned that could be repaired", "leave repair out");
            case Recipe.Fresh _ -> checkZeros(settings, wanted);
            case Recipe.Structured structured -> {
                if (structured.maskOnly()) {
                    throw settings.error("a mask is to be compared with a cut, not repaired", "leave one of them out");
                }
                if (structured.request().granularity().contains(dev.coppice.prune.structure.Granularity.LAYER)
                        && !wanted.equals(EnumSet.of(Repair.BATCH_NORM))) {
                    throw settings.error(
                            "nothing reads a dropped layer, so that nothing can be fitted",
                            "of the repairs only batch-norm is for the granularity layer");
                }
            }
            case Recipe.FromPlan plan -> {
                if (plan.maskOnly()) {
                    throw settings.error("a mask is to be compared with a cut, not repaired", "leave one of them out");
                }
            }
        }
    }

    private static void checkZeros(Settings settings, Set<Repair> wanted) {
        if (wanted.contains(Repair.LEAST_SQUARES)) {
            throw settings.error(
                    "least squares would fill the zeros of single weights",
                    "it is for channels and heads; for single weights there are bias and batch-norm");
        }
    }
}
