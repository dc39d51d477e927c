package dev.coppice.pipeline.recipe;

import dev.coppice.pipeline.data.Augmentation;
import dev.coppice.pipeline.data.spec.DataSpec;
import dev.coppice.pipeline.recipe.Option.Group;
import dev.coppice.pipeline.recover.Recovery;
import dev.coppice.pipeline.recover.Recovery.Teacher;
import dev.coppice.pipeline.recover.Retrain;
import dev.coppice.train.LrSchedule;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;

/** Reads from settings what is to be trained, and how. */
final class RecoverySettings {

    private static final Set<String> WAYS = Set.of("fine-tune", "distill", "epochs");

    private RecoverySettings() {}

    static Optional<Recovery> of(Settings settings, int steps) {
        var ways = WAYS.stream().filter(settings.values()::containsKey).sorted().toList();
        if (ways.isEmpty()) {
            for (var name : OptionTable.names(Group.RECOVERY, Group.TRAINING)) {
                if (settings.values().containsKey(name)) {
                    throw settings.error(
                            "'" + name + "' without training", "add fine-tune or distill, with a number of epochs");
                }
            }
            return Optional.empty();
        }
        if (ways.size() > 1) {
            throw settings.error("'" + ways.get(0) + "' and '" + ways.get(1) + "' are both given", "give one");
        }
        if (!settings.values().containsKey("data")) {
            throw settings.error("nothing to train on", "give data: " + DataSpec.FORMS);
        }
        var way = ways.getFirst();
        checkScales(settings, way);
        var retrain = settings.text("retrain").map(Retrain::named).orElse(Retrain.ONE_CYCLE);
        return Optional.of(new Recovery(
                way.equals("distill") ? Teacher.DENSE_MODEL : Teacher.LABELS,
                distillation(settings, way),
                new Recovery.Course(
                        settings.number(way).orElseThrow(),
                        whole(settings, "patience"),
                        real(settings, "lr"),
                        schedule(settings, retrain)),
                new Recovery.Steps(way.equals("epochs") ? 0 : steps, regrow(settings, steps)),
                rewind(settings, retrain),
                new Recovery.Batches(
                        whole(settings, "batch"),
                        settings.text("augment").map(Augmentation::parse).orElse(Augmentation.none()),
                        whole(settings, "max-length")),
                optimization(settings),
                settings.texts("freeze")));
    }

    /** What is trained to be small has to be what pruning looks at. */
    private static void checkScales(Settings settings, String way) {
        if (!settings.values().containsKey("l1-scale") || way.equals("epochs")) {
            return;
        }
        var criterion = settings.text("criterion").orElse("of a plan");
        var granularity = settings.text("granularity").orElse("of a plan");
        if (!criterion.equals("bn-scale") || !granularity.equals("channel")) {
            throw settings.error(
                    "'l1-scale' with criterion " + criterion + ", granularity " + granularity,
                    "it makes the scales of channels small for the criterion bn-scale, granularity channel; elsewhere"
                            + " train with it first: coppice train MODEL -o OUT --l1-scale X");
        }
        if (settings.text("retrain").orElse("").equals(Retrain.WEIGHT_REWIND.label())) {
            throw settings.error(
                    "'l1-scale' with weights that go back",
                    "the scales would be those of before: choose another retrain");
        }
    }

    private static double regrow(Settings settings, int steps) {
        var share = settings.number("regrow");
        if (share.isPresent() && steps < 2) {
            throw settings.error(
                    "'regrow' in a single step", "masks move between steps: add a schedule, such as cubic, or steps");
        }
        if (share.isPresent() && !settings.text("granularity").orElse("").equals("unstructured")) {
            throw settings.error(
                    "'regrow' with granularity " + settings.text("granularity").orElse("of a plan"),
                    "single weights grow again, so the granularity has to be unstructured");
        }
        return share.orElse(0.0);
    }

    private static Recovery.Distillation distillation(Settings settings, String way) {
        for (var name : new String[] {"temperature", "label-weight", "feature-weight", "cache-teacher"}) {
            if (!way.equals("distill") && settings.values().containsKey(name)) {
                throw settings.error("'" + name + "' without distilling", "add distill, with a number of epochs");
            }
        }
        return new Recovery.Distillation(
                real(settings, "temperature"),
                settings.number("label-weight").orElse(0.0),
                real(settings, "feature-weight"),
                settings.path("cache-teacher"));
    }

    private static LrSchedule schedule(Settings settings, Retrain retrain) {
        var schedule = settings.text("lr-schedule").map(LrSchedule::named).orElse(retrain.schedule());
        var warmUp = settings.number("warm-up");
        return warmUp.isEmpty() ? schedule : new LrSchedule(schedule.kind(), warmUp.get(), schedule.cycles());
    }

    private static Optional<Recovery.Rewind> rewind(Settings settings, Retrain retrain) {
        var to = settings.path("rewind-to");
        if (to.isPresent() && retrain != Retrain.WEIGHT_REWIND) {
            throw settings.error("'rewind-to' without rewinding", "add retrain: weight-rewind");
        }
        return retrain == Retrain.WEIGHT_REWIND ? Optional.of(new Recovery.Rewind(to)) : Optional.empty();
    }

    private static Recovery.Optimization optimization(Settings settings) {
        var batchNorm = settings.text("batch-norm");
        return new Recovery.Optimization(
                settings.text("optimizer"),
                real(settings, "weight-decay"),
                settings.number("label-smoothing").orElse(0.0),
                real(settings, "clip"),
                whole(settings, "accumulate"),
                settings.number("ema").orElse(0.0),
                batchNorm.map(how -> how.equals("train")),
                settings.number("l1-scale").orElse(0.0));
    }

    private static OptionalDouble real(Settings settings, String name) {
        var value = settings.number(name);
        return value.isPresent() ? OptionalDouble.of(value.get()) : OptionalDouble.empty();
    }

    private static OptionalInt whole(Settings settings, String name) {
        var value = settings.integer(name);
        if (value.isEmpty()) {
            return OptionalInt.empty();
        }
        return OptionalInt.of(value.get().intValue());
    }
}
