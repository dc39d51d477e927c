package dev.coppice.pipeline.cut;

import dev.coppice.ir.BadInputException;
import dev.coppice.prune.Blocked;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a run has found out so far that its receipt must say. Kept with the state of the run: a resumed run says the same as an
 * undisturbed one.
 *
 * @param shortfalls what was asked for and could not be done, one sentence each
 * @param remarks what else is worth knowing
 * @param blocked what cannot be pruned
 */
record Said(List<String> shortfalls, List<String> remarks, List<Blocked> blocked) {

    static final Said NOTHING = new Said(List.of(), List.of(), List.of());

    Said {
        shortfalls = List.copyOf(shortfalls);
        remarks = List.copyOf(remarks);
        blocked = List.copyOf(blocked);
    }

    Said and(List<String> moreShortfalls, List<String> moreRemarks) {
        return new Said(
                Stream.concat(shortfalls.stream(), moreShortfalls.stream())
                        .distinct()
                        .toList(),
                Stream.concat(remarks.stream(), moreRemarks.stream()).distinct().toList(),
                blocked);
    }

    Said withBlocked(List<Blocked> now) {
        return new Said(shortfalls, remarks, now);
    }

    /** Returns this as plain values. */
    Map<String, Object> describe() {
        var document = new LinkedHashMap<String, Object>();
        document.put("shortfalls", shortfalls);
        document.put("remarks", remarks);
        var list = new ArrayList<Map<String, Object>>();
        for (var each : blocked) {
            var entry = new LinkedHashMap<String, Object>();
            entry.put("name", each.name());
            entry.put("node", each.node());
            entry.put("op", each.op());
            entry.put("reason", each.reason());
            entry.put("aliases", each.aliases());
            list.add(entry);
        }
        document.put("blocked", list);
        return document;
    }

    /** Reads a file that holds what {@link #describe} has made; throws {@link BadInputException} when it cannot be read. */
    static Said of(Path file) {
        return of(file, PlanFile.document(file));
    }

    /** Reads what {@link #describe} has made; {@code file} is where it comes from, for messages. */
    static Said of(Path file, Map<?, ?> document) {
        var blocked = new ArrayList<Blocked>();
        if (document.get("blocked") instanceof List<?> list) {
            for (var each : list) {
                if (!(each instanceof Map<?, ?> entry)) {
                    throw damaged(file);
                }
                blocked.add(new Blocked(
                        text(file, entry.get("name")),
                        text(file, entry.get("node")),
                        text(file, entry.get("op")),
                        text(file, entry.get("reason")),
                        texts(file, entry.get("aliases"))));
            }
        }
        return new Said(texts(file, document.get("shortfalls")), texts(file, document.get("remarks")), blocked);
    }

    private static String text(Path file, @Nullable Object value) {
        if (value instanceof String text) {
            return text;
        }
        throw damaged(file);
    }

    private static List<String> texts(Path file, @Nullable Object value) {
        if (value instanceof List<?> list) {
            return list.stream().map(each -> text(file, each)).toList();
        }
        throw damaged(file);
    }

    private static BadInputException damaged(Path file) {
        return new BadInputException(file + " is damaged", "begin anew in another directory: --run");
    }
}
