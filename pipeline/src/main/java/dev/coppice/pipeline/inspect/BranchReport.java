package dev.coppice.pipeline.inspect;

import dev.coppice.pipeline.report.Printable;
import dev.coppice.prune.depth.Branches;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes the residual branches that {@code --granularity layer} drops, as text for people and as plain values for JSON. */
final class BranchReport {

    private static final String LINE = "  %-44s %-44s %15s %6s  %s%n";
    private static final int MOST_BLOCKED = 20;

    private BranchReport() {}

    /** Returns a table of the branches; nothing for a model without any. */
    static String text(Branches branches) {
        var text = new StringBuilder();
        if (!branches.list().isEmpty()) {
            text.append(System.lineSeparator())
                    .append(Printable.format(LINE, "layer (residual branch)", "sum", "weights", "nodes", "from"));
        }
        for (var branch : branches.list()) {
            text.append(Printable.format(
                    LINE,
                    branch.name(),
                    branch.node(),
                    Printable.format("%,d", branch.parameters()),
                    branch.nodes().size(),
                    branch.skip()));
        }
        var blocked = branches.blocked();
        for (var sum : blocked.subList(0, Math.min(MOST_BLOCKED, blocked.size()))) {
            text.append(Printable.format("not a layer to drop: %s (%s): %s%n", sum.node(), sum.op(), sum.reason()));
        }
        if (blocked.size() > MOST_BLOCKED) {
            text.append(Printable.format("  ... and %d more (--json lists all)%n", blocked.size() - MOST_BLOCKED));
        }
        return text.toString();
    }

    static List<Map<String, Object>> describe(Branches branches) {
        var list = new ArrayList<Map<String, Object>>();
        for (var branch : branches.list()) {
            var map = new LinkedHashMap<String, Object>();
            map.put("name", branch.name());
            map.put("node", branch.node());
            map.put("droppable", true);
            map.put("from", branch.skip());
            map.put("parameters", branch.parameters());
            map.put("weights", branch.weights());
            map.put("nodes", branch.nodes().stream().map(node -> node.label()).toList());
            list.add(map);
        }
        for (var sum : branches.blocked()) {
            var map = new LinkedHashMap<String, Object>();
            map.put("name", sum.node());
            map.put("node", sum.node());
            map.put("droppable", false);
            map.put("blocked", sum.reason());
            list.add(map);
        }
        return list;
    }
}
