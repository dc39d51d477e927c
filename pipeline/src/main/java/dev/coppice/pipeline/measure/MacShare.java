package dev.coppice.pipeline.measure;

import dev.coppice.ir.Node;
import dev.coppice.prune.group.Groups;
import dev.coppice.prune.group.Removal;
import java.util.IdentityHashMap;
import java.util.Map;

/** Tells what share of a model's multiply-accumulates is left without some units, without cutting it. */
public final class MacShare {

    private final Groups groups;
    private final IdentityHashMap<Node, Long> macs = new IdentityHashMap<>();
    private long total;
    private boolean counted;

    private MacShare(Groups groups) {
        this.groups = groups;
    }

    /** Counts when first asked, at customary input sizes. */
    public static MacShare of(Groups groups) {
        return new MacShare(groups);
    }

    /**
     * Returns the share that is left, 0 to 1.
     *
     * @throws dev.coppice.ir.UsageException when an open dimension of the model's inputs is not customary
     */
    public double left(Removal removal) {
        if (!counted) {
            var count = new MacCount(
                    CostAccount.customarySizes(groups.model(), Map.of()).shapes());
            for (var node : groups.model().graph().nodes()) {
                long own = count.of(node).orElse(0);
                if (own > 0) {
                    macs.put(node, own);
                    total += own;
                }
            }
            counted = true;
        }
        double left = 0;
        for (var entry : macs.entrySet()) {
            left += entry.getValue() * groups.macShare(entry.getKey(), removal);
        }
        return total == 0 ? 1 : left / total;
    }
}
