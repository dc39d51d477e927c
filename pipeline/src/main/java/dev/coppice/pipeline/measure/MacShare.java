package dev.coppice.pipeline.measure;

import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.prune.group.Groups;
import dev.coppice.prune.group.Removal;
import java.util.IdentityHashMap;
import java.util.Map;

/** Tells what share of a model's multiply-accumulates is left without some units, without cutting it. */
public final class MacShare {

    private final Groups groups;
    private final Model dense;
    private Map<Node, Long> macs = Map.of();
    private long total;
    private boolean counted;

    private MacShare(Groups groups, Model dense) {
        this.groups = groups;
        this.dense = dense;
    }

    /**
     * Counts when first asked, at customary input sizes.
     *
     * @param dense whose multiply-accumulates are the whole: the groups' own model, or the one that it was cut from
     */
    public static MacShare of(Groups groups, Model dense) {
        return new MacShare(groups, dense);
    }

    /**
     * Returns the share that is left, 0 to 1.
     *
     * @throws dev.coppice.ir.UsageException when an open dimension of the model's inputs is not customary
     */
    @SuppressWarnings("ReferenceEquality") // counted once where both are one model
    public double left(Removal removal) {
        if (!counted) {
            macs = macs(groups.model());
            total = sum(dense == groups.model() ? macs : macs(dense));
            counted = true;
        }
        double left = 0;
        for (var entry : macs.entrySet()) {
            left += entry.getValue() * groups.macShare(entry.getKey(), removal);
        }
        return total == 0 ? 1 : left / total;
    }

    private static Map<Node, Long> macs(Model model) {
        var macs = new IdentityHashMap<Node, Long>();
        var count = new MacCount(CostAccount.customarySizes(model, Map.of()).shapes());
        for (var node : model.graph().nodes()) {
            long own = count.of(node).orElse(0);
            if (own > 0) {
                macs.put(node, own);
            }
        }
        return macs;
    }

    private static long sum(Map<Node, Long> macs) {
        return macs.values().stream().mapToLong(Long::longValue).sum();
    }
}
