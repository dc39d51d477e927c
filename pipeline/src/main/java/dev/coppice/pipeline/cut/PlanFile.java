package dev.coppice.pipeline.cut;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.UsageException;
import dev.coppice.prune.ActivationPlan;
import dev.coppice.prune.Plan;
import dev.coppice.prune.StructuredPlan;
import dev.coppice.prune.WeightPlan;
import dev.coppice.prune.allocate.Allocation;
import dev.coppice.prune.pattern.Pattern;
import dev.coppice.prune.score.Criteria;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Reads and writes plans as JSON made to be read and edited. Either it has {@code weights}, and for each in {@code prune} the number of
 * its {@code units} to prune: changing that number, or deleting a weight, is all there is to edit. Or it has {@code groups}, and for each
 * the numbers of the units that are {@code removed}.
 */
public final class PlanFile {

    private static final String HINT = "plans are written by 'coppice prune ... --run DIR' as DIR/plan.json";

    private PlanFile() {}

    /** Returns a plan as plain values. */
    public static Map<String, Object> describe(Plan plan) {
        return switch (plan) {
            case WeightPlan(var criterion, var granularity, var allocate, var seed, var entries) ->
                object(
                        "criterion",
                        criterion,
                        "granularity",
                        granularity,
                        "allocate",
                        allocate,
                        "seed",
                        seed,
                        "weights",
                        list(entries, PlanFile::weight));
            case StructuredPlan(var criterion, var granularity, var allocate, var seed, var entries) ->
                object(
                        "criterion",
                        criterion,
                        "granularity",
                        granularity,
                        "allocate",
                        allocate,
                        "seed",
                        seed,
                        "groups",
                        list(entries, PlanFile::group));
            case ActivationPlan(var heldOut, var entries) ->
                object("held-out", heldOut, "activations", list(entries, PlanFile::activation));
        };
    }

    private static Map<String, Object> weight(WeightPlan.Entry entry) {
        return object(
                "name", entry.name(),
                "node", entry.node(),
                "op", entry.op(),
                "shape", entry.shape(),
                "rows", entry.rows(),
                "columns", entry.columns(),
                "units", entry.units(),
                "prune", entry.unitsToPrune());
    }

    private static Map<String, Object> group(StructuredPlan.Entry entry) {
        return object(
                "name", entry.name(),
                "node", entry.node(),
                "kind", entry.kind(),
                "width", entry.width(),
                "removed", entry.removed());
    }

    private static Map<String, Object> activation(ActivationPlan.Entry entry) {
        return object(
                "value", entry.value(),
                "threshold", entry.threshold(),
                "zeros-before", entry.before(),
                "zeros-calibrated", entry.calibrated(),
                "zeros-measured", entry.measured());
    }

    private static <E> List<Map<String, Object>> list(List<E> entries, Function<E, Map<String, Object>> describe) {
        return entries.stream().map(describe).toList();
    }

    private static Map<String, Object> object(Object... namesAndValues) {
        var object = new LinkedHashMap<String, Object>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            object.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return object;
    }

    /** Reads a plan of weights or structure; throws {@link BadInputException} when the file is missing or is no such plan. */
    public static Plan read(Path file) {
        return of(Fields.read(file, HINT));
    }

    /** Reads what {@link #describe} has made; {@code from} is where it comes from, for messages. */
    static Plan of(Path from, Map<?, ?> document) {
        return of(new Fields(from, document, HINT));
    }

    private static Plan of(Fields plan) {
        if (plan.map().get("groups") instanceof List<?>) {
            return new StructuredPlan(
                    plan.text("criterion"),
                    plan.text("granularity"),
                    plan.text("allocate"),
                    plan.integer("seed"),
                    plan.objects("groups").stream()
                            .map(group -> new StructuredPlan.Entry(
                                    group.text("name"),
                                    group.text("node"),
                                    group.text("kind"),
                                    group.whole("width"),
                                    group.wholes("removed")))
                            .toList());
        }
        if (!(plan.map().get("weights") instanceof List<?>)) {
            throw new BadInputException(plan.file() + " is no plan", HINT);
        }
        var entries = plan.objects("weights").stream().map(PlanFile::weight).toList();
        try {
            return new WeightPlan(
                    Criteria.named(plan.text("criterion")).label(),
                    Pattern.parse(plan.text("granularity")).label(),
                    Allocation.named(plan.text("allocate")).label(),
                    plan.integer("seed"),
                    entries);
        } catch (UsageException e) {
            throw new BadInputException(plan.file() + ": " + e.getMessage(), e.hint(), e);
        }
    }

    private static WeightPlan.Entry weight(Fields weight) {
        return new WeightPlan.Entry(
                weight.text("name"),
                weight.text("node"),
                weight.text("op"),
                weight.integers("shape"),
                weight.whole("rows"),
                weight.whole("columns"),
                weight.integer("units"),
                weight.integer("prune"));
    }
}
