package dev.coppice.pipeline.cut;

import dev.coppice.ir.BadInputException;
import dev.coppice.prune.Blocked;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What a run has found out so far that its receipt must say. Kept with the state of the run: a resumed run says the same as an
 * undisturbed one.
 *
 * @param shortfalls what was asked for and could not be done, one sentence each
 * @param remarks what else is worth knowing
 * @param blocked what cannot be pruned
 */
public record Diagnostics(List<String> shortfalls, List<String> remarks, List<Blocked> blocked) {

    static final Diagnostics NONE = new Diagnostics(List.of(), List.of(), List.of());

    public Diagnostics {
        shortfalls = List.copyOf(shortfalls);
        remarks = List.copyOf(remarks);
        blocked = List.copyOf(blocked);
    }

    Diagnostics and(List<String> moreShortfalls, List<String> moreRemarks) {
        return new Diagnostics(together(shortfalls, moreShortfalls), together(remarks, moreRemarks), blocked);
    }

    private static List<String> together(List<String> some, List<String> more) {
        return Stream.concat(some.stream(), more.stream()).distinct().toList();
    }

    Diagnostics withBlocked(List<Blocked> now) {
        return new Diagnostics(shortfalls, remarks, now);
    }

    /** Returns this as plain values. */
    Map<String, Object> describe() {
        var document = new LinkedHashMap<String, Object>();
        document.put("shortfalls", shortfalls);
        document.put("remarks", remarks);
        document.put(
                "blocked",
                blocked.stream()
                        .map(each -> Map.of(
                                "name", each.name(),
                                "node", each.node(),
                                "op", each.op(),
                                "reason", each.reason(),
                                "aliases", each.aliases()))
                        .toList());
        return document;
    }

    /**
     * Reads what {@link #describe} has made.
     *
     * @param from where it comes from, for messages
     * @throws BadInputException when it is damaged
     */
    static Diagnostics of(Path from, Map<?, ?> document) {
        var fields = new Fields(from, document, "begin anew in another directory: --run");
        return new Diagnostics(
                fields.texts("shortfalls"),
                fields.texts("remarks"),
                fields.objects("blocked").stream()
                        .map(each -> new Blocked(
                                each.text("name"),
                                each.text("node"),
                                each.text("op"),
                                each.text("reason"),
                                each.texts("aliases")))
                        .toList());
    }
}
