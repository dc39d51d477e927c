package dev.coppice.pipeline.cut;

import dev.coppice.ir.Model;
import dev.coppice.prune.Plan;
import java.util.List;

/**
 * A model that has been pruned and, where that was asked for, trained.
 *
 * @param before the model as it was read, weights that were built from pieces folded
 * @param plan what has gone, in all steps
 */
public record Pruned(Model before, Model after, Plan plan, Diagnostics diagnostics) {

    public Pruned withRemark(String remark) {
        return new Pruned(before, after, plan, diagnostics.and(List.of(), List.of(remark)));
    }
}
