package dev.coppice.pipeline.cut;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.UsageException;
import dev.coppice.pipeline.report.Json;
import dev.coppice.prune.Plan;
import dev.coppice.prune.allocate.Allocation;
import dev.coppice.prune.pattern.Pattern;
import dev.coppice.prune.score.Criterion;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads and writes plans as JSON made to be read and edited: a weight a line group, and in each {@code prune}, the number of its
 * {@code units} to prune. Changing that number, or deleting a weight, is all there is to edit.
 */
public final class PlanFile {

    private static final String HINT = "plans are written by 'coppice prune ... --run DIR' as DIR/plan.json";

    private PlanFile() {}

    public static Map<String, Object> describe(Plan plan) {
        var document = new LinkedHashMap<String, Object>();
        document.put("criterion", plan.criterion());
        document.put("granularity", plan.pattern());
        document.put("allocate", plan.allocate());
        document.put("seed", plan.seed());
        var weights = new ArrayList<Map<String, Object>>();
        for (var entry : plan.entries()) {
            var weight = new LinkedHashMap<String, Object>();
            weight.put("name", entry.name());
            weight.put("node", entry.node());
            weight.put("op", entry.op());
            weight.put("shape", entry.shape());
            weight.put("rows", entry.rows());
            weight.put("columns", entry.columns());
            weight.put("units", entry.units());
            weight.put("prune", entry.unitsToPrune());
            weights.add(weight);
        }
        document.put("weights", weights);
        return document;
    }

    /** Reads a plan; throws {@link BadInputException} when the file is missing or is no plan. */
    public static Plan read(Path file) {
        return read(file, document(file));
    }

    /** Reads what {@link #describe} has made; {@code file} is where it comes from, for messages. */
    static Plan read(Path file, Map<?, ?> map) {
        if (!(map.get("weights") instanceof List<?> weights)) {
            throw new BadInputException(file + " is no plan", HINT);
        }
        var fields = new Fields(file, map);
        var entries = new ArrayList<Plan.Entry>();
        for (var weight : weights) {
            if (!(weight instanceof Map<?, ?> entry)) {
                throw new BadInputException(file + ": an entry of 'weights' is no object", HINT);
            }
            entries.add(new Fields(file, entry).entry());
        }
        try {
            return new Plan(
                    Criterion.named(fields.text("criterion")).label(),
                    Pattern.parse(fields.text("granularity")).label(),
                    Allocation.named(fields.text("allocate")).label(),
                    fields.integer("seed"),
                    entries);
        } catch (UsageException e) {
            throw new BadInputException(file + ": " + e.getMessage(), e.hint(), e);
        }
    }

    /** Reads the JSON object of a plan of either kind; throws {@link BadInputException} when the file holds none. */
    static Map<?, ?> document(Path file) {
        return Json.document(file, HINT);
    }

    /** Typed access to one JSON object. */
    private record Fields(Path file, Map<?, ?> map) {

        Plan.Entry entry() {
            return new Plan.Entry(
                    text("name"),
                    text("node"),
                    text("op"),
                    integers("shape"),
                    whole("rows"),
                    whole("columns"),
                    integer("units"),
                    integer("prune"));
        }

        String text(String name) {
            if (map.get(name) instanceof String text) {
                return text;
            }
            throw missing(name, "a text");
        }

        long integer(String name) {
            if (map.get(name) instanceof Long number) {
                return number;
            }
            throw missing(name, "a whole number");
        }

        int whole(String name) {
            long number = integer(name);
            if (number != (int) number) {
                throw missing(name, "a whole number of rows or columns");
            }
            return (int) number;
        }

        List<Long> integers(String name) {
            if (map.get(name) instanceof List<?> list) {
                var numbers = new ArrayList<Long>();
                for (var element : list) {
                    if (!(element instanceof Long number)) {
                        throw missing(name, "a list of whole numbers");
                    }
                    numbers.add(number);
                }
                return numbers;
            }
            throw missing(name, "a list of whole numbers");
        }

        private BadInputException missing(String name, String what) {
            return new BadInputException("%s: '%s' is not %s".formatted(file, name, what), HINT);
        }
    }
}
