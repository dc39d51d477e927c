package dev.coppice.pipeline.inspect;

import dev.coppice.pipeline.report.Printable;
import dev.coppice.prune.Blocked;
import dev.coppice.prune.group.Group;
import dev.coppice.prune.group.Member;
import dev.coppice.prune.structure.StructuredPlanner;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes the dependency groups of a model, as text for people and as plain values for JSON. */
final class GroupReport {

    private static final String LINE = "  %-44s %-44s %-8s %8s %8s  %s%n";
    private static final int MOST_MEMBERS = 3;
    private static final int MOST_BLOCKED = 20;

    private GroupReport() {}

    static String text(List<Group> groups, List<Blocked> inBodies) {
        var text = new StringBuilder();
        var free = groups.stream().filter(GroupReport::isFree).toList();
        if (!free.isEmpty()) {
            text.append(Printable.format(
                    LINE, "group", "node", "kind", "width", "members", "weights and their axes (r: reads)"));
        }
        for (var group : free) {
            text.append(Printable.format(
                    LINE,
                    group.name(),
                    StructuredPlanner.node(group),
                    kind(group),
                    group.width(),
                    group.members().size(),
                    members(group)));
        }
        var blocked = groups.stream()
                .filter(group -> !isFree(group) && group.width() > 1)
                .toList();
        for (var group : blocked.subList(0, Math.min(MOST_BLOCKED, blocked.size()))) {
            text.append(Printable.format(
                    "blocked: %s (%d units, node %s): %s%n",
                    group.name(),
                    group.width(),
                    StructuredPlanner.node(group),
                    group.blocked().getFirst()));
        }
        rest(blocked.size(), text);
        for (var weight : inBodies.subList(0, Math.min(MOST_BLOCKED, inBodies.size()))) {
            text.append(Printable.format("blocked: %s (node %s): %s%n", weight.name(), weight.node(), weight.reason()));
        }
        rest(inBodies.size(), text);
        if (!blocked.isEmpty() || !inBodies.isEmpty()) {
            text.append("  what each reason means: docs/refusals.md%n".formatted());
        }
        return text.toString();
    }

    private static void rest(int blocked, StringBuilder text) {
        if (blocked > MOST_BLOCKED) {
            text.append(Printable.format("  ... and %d more (--json lists all)%n", blocked - MOST_BLOCKED));
        }
    }

    private static boolean isFree(Group group) {
        return group.blocked().isEmpty() && group.width() > 1;
    }

    private static String kind(Group group) {
        return (group.head() ? "head" : "channel") + (group.normalised() ? "*" : "");
    }

    private static String members(Group group) {
        var parts = new ArrayList<String>();
        var matrices = group.members().stream().filter(Member::isMatrix).toList();
        for (var member : matrices.subList(0, Math.min(MOST_MEMBERS, matrices.size()))) {
            parts.add(member.constant() + "@" + member.axis() + (member.reads() ? "r" : ""));
        }
        return String.join(", ", parts)
                + (matrices.size() > MOST_MEMBERS
                        ? Printable.format(", and %d more", matrices.size() - MOST_MEMBERS)
                        : "");
    }

    static List<Map<String, Object>> describe(List<Group> groups) {
        var list = new ArrayList<Map<String, Object>>();
        for (var group : groups) {
            var map = new LinkedHashMap<String, Object>();
            map.put("name", group.name());
            map.put("node", StructuredPlanner.node(group));
            map.put("kind", group.head() ? "head" : "channel");
            map.put("width", (long) group.width());
            map.put("normalised", group.normalised());
            map.put("prunable", isFree(group));
            map.put("blocked", group.blocked().stream().map(Object::toString).toList());
            map.put(
                    "members",
                    group.members().stream().map(GroupReport::describe).toList());
            list.add(map);
        }
        return list;
    }

    private static Map<String, Object> describe(Member member) {
        var map = new LinkedHashMap<String, Object>();
        map.put("weight", member.constant());
        map.put("shape", member.shape());
        map.put("axis", (long) member.axis());
        map.put("reads", member.reads());
        map.put("nodes", member.nodes());
        return map;
    }
}
