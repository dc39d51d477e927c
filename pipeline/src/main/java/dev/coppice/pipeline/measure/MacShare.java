package dev.coppice.pipeline.measure;

import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.prune.group.Group;
import dev.coppice.prune.group.Groups;
import dev.coppice.prune.group.Member;
import dev.coppice.prune.group.Removal;
import dev.coppice.prune.structure.MacSavings;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Tells what share of a model's multiply-accumulates is left without some units, without cutting it. */
public final class MacShare implements MacSavings {

    private final Groups groups;
    private final Model dense;
    private final Map<String, List<Long>> shapes;
    private final Set<String> uncounted = new HashSet<>();
    private Map<Node, Long> macs = Map.of();
    private long total;
    private boolean counted;

    private MacShare(Groups groups, Model dense, Map<String, List<Long>> shapes) {
        this.groups = groups;
        this.dense = dense;
        this.shapes = shapes;
    }

    /**
     * Counts when first asked.
     *
     * @param dense whose multiply-accumulates are the whole: the groups' own model, or the one that it was cut from
     * @param shapes input sizes by name; what is left open gets a customary size
     */
    public static MacShare of(Groups groups, Model dense, Map<String, List<Long>> shapes) {
        return new MacShare(groups, dense, shapes);
    }

    /**
     * Returns the share that is left, 0 to 1.
     *
     * @throws dev.coppice.ir.UsageException when an open dimension of the model's inputs is not customary
     */
    @Override
    public double left(Removal removal) {
        count();
        double left = 0;
        for (var entry : macs.entrySet()) {
            left += entry.getValue() * groups.macShare(entry.getKey(), removal);
        }
        return total == 0 ? 1 : left / total;
    }

    @Override
    public boolean isCounted(Group group) {
        count();
        return group.members().stream()
                .filter(Member::isMatrix)
                .flatMap(member -> member.nodes().stream())
                .noneMatch(uncounted::contains);
    }

    @SuppressWarnings("ReferenceEquality") // counted once where both are one model
    private void count() {
        if (!counted) {
            macs = macs(groups.model());
            total = sum(dense == groups.model() ? macs : macs(dense));
            counted = true;
        }
    }

    private Map<Node, Long> macs(Model model) {
        var macs = new IdentityHashMap<Node, Long>();
        var count = new MacCount(CostAccount.customarySizes(model, shapes).shapes());
        for (var node : model.graph().nodes()) {
            var own = count.of(node);
            if (own.isEmpty()) {
                uncounted.add(node.label());
            } else if (own.getAsLong() > 0) {
                macs.put(node, own.getAsLong());
            }
        }
        return macs;
    }

    private static long sum(Map<Node, Long> macs) {
        return macs.values().stream().mapToLong(Long::longValue).sum();
    }
}
