package dev.coppice.pipeline.cut;

import dev.coppice.ir.BadInputException;
import dev.coppice.prune.structure.StructuredPlan;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads and writes plans of structure as JSON: for each group the numbers of the units that are {@code removed}. */
public final class StructurePlanFile {

    private static final String HINT = "plans are written by 'coppice prune ... --run DIR' as DIR/plan.json";

    private StructurePlanFile() {}

    public static Map<String, Object> describe(StructuredPlan plan) {
        var document = new LinkedHashMap<String, Object>();
        document.put("criterion", plan.criterion());
        document.put("granularity", plan.granularity());
        document.put("allocate", plan.allocate());
        document.put("seed", plan.seed());
        var groups = new ArrayList<Map<String, Object>>();
        for (var entry : plan.entries()) {
            var group = new LinkedHashMap<String, Object>();
            group.put("name", entry.name());
            group.put("node", entry.node());
            group.put("kind", entry.kind());
            group.put("width", (long) entry.width());
            group.put(
                    "removed", entry.removed().stream().map(Integer::longValue).toList());
            groups.add(group);
        }
        document.put("groups", groups);
        return document;
    }

    /** Says whether a file holds a plan of structure; throws {@link BadInputException} when it holds no JSON object. */
    static boolean isOne(Path file) {
        return PlanFile.document(file).containsKey("groups");
    }

    /** Reads a plan; throws {@link BadInputException} when the file is missing or is no plan of structure. */
    static StructuredPlan read(Path file) {
        var map = PlanFile.document(file);
        if (!(map.get("groups") instanceof List<?> groups)) {
            throw new BadInputException(file + " is no plan of structure", HINT);
        }
        var entries = new ArrayList<StructuredPlan.Entry>();
        for (var group : groups) {
            if (!(group instanceof Map<?, ?> entry)) {
                throw new BadInputException(file + ": an entry of 'groups' is no object", HINT);
            }
            entries.add(new StructuredPlan.Entry(
                    text(file, entry, "name"),
                    text(file, entry, "node"),
                    text(file, entry, "kind"),
                    width(file, entry),
                    integers(file, entry, "removed")));
        }
        return new StructuredPlan(
                text(file, map, "criterion"),
                text(file, map, "granularity"),
                text(file, map, "allocate"),
                integer(file, map, "seed"),
                entries);
    }

    private static String text(Path file, Map<?, ?> map, String name) {
        if (map.get(name) instanceof String text) {
            return text;
        }
        throw new BadInputException("%s: '%s' is not a text".formatted(file, name), HINT);
    }

    private static long integer(Path file, Map<?, ?> map, String name) {
        if (map.get(name) instanceof Long number) {
            return number;
        }
        throw new BadInputException("%s: '%s' is not a whole number".formatted(file, name), HINT);
    }

    private static int width(Path file, Map<?, ?> map) {
        long width = integer(file, map, "width");
        if (width != (int) width) {
            throw new BadInputException("%s: a group of %,d units".formatted(file, width), HINT);
        }
        return (int) width;
    }

    private static List<Integer> integers(Path file, Map<?, ?> map, String name) {
        var numbers = new ArrayList<Integer>();
        if (map.get(name) instanceof List<?> list) {
            for (var element : list) {
                if (element instanceof Long number && number == (int) (long) number) {
                    numbers.add((int) (long) number);
                }
            }
            if (numbers.size() == list.size()) {
                return numbers;
            }
        }
        throw new BadInputException("%s: '%s' is not a list of whole numbers".formatted(file, name), HINT);
    }
}
