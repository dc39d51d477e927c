package dev.coppice.pipeline;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.coppice.ir.BadInputException;
import dev.coppice.pipeline.report.Json;
import dev.coppice.prune.structure.StructuredPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads and writes plans of structure as JSON: for each group the numbers of the units that are {@code removed}. */
final class StructurePlanFile {

    private static final String HINT = "plans are written by 'coppice prune ... --run DIR' as DIR/plan.json";

    private StructurePlanFile() {}

    static Map<String, Object> describe(StructuredPlan plan) {
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

    /** Says whether a file holds a plan of structure; one that cannot be read does not. */
    static boolean isOne(Path file) {
        try {
            return Json.read(Files.readString(file)) instanceof Map<?, ?> map && map.containsKey("groups");
        } catch (IOException e) {
            return false;
        }
    }

    /** Reads a plan; throws {@link BadInputException} when the file is missing or is no plan of structure. */
    static StructuredPlan read(Path file) {
        Object document;
        try {
            document = Json.read(Files.readString(file));
        } catch (JsonProcessingException e) {
            throw new BadInputException(file + " is not JSON: " + e.getOriginalMessage(), HINT, e);
        } catch (IOException e) {
            throw new BadInputException("cannot read the plan " + file + ": " + e, HINT, e);
        }
        if (!(document instanceof Map<?, ?> map) || !(map.get("groups") instanceof List<?> groups)) {
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
                    Math.toIntExact(integer(file, entry, "width")),
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
