package dev.coppice.pipeline.cut;

import dev.coppice.ir.Model;
import dev.coppice.prune.Plan;
import dev.coppice.prune.WeightPlan;
import dev.coppice.prune.score.Findings;

/** Prunes a model, at once or step by step. */
sealed interface Cutter permits WeightCutter, StructureCutter, ActivationCutter, PlanCutter, Cutter.Nothing {

    /**
     * What a step has made of a model.
     *
     * @param model with masks, with smaller or other weights, or with less in it
     * @param plan of this step alone
     */
    record Result(Model model, Plan plan, Diagnostics diagnostics) {}

    /** Returns the model before the first step, with all its weights stored. */
    Model dense();

    /** Returns how many steps there are. */
    default int steps() {
        return 1;
    }

    /** Says whether a step leaves another graph, which has to be trained by itself, and not only other weights. */
    default boolean changesGraph() {
        return false;
    }

    /**
     * Prunes a model further; the same arguments give the same result.
     *
     * @param uncut what shares and budgets are of: what earlier steps, if any, have made {@code current} from
     * @param step counted from 0
     * @param learnt what the training since the step before tells about weights, by the name of the constant; nothing at the first
     */
    Result cut(Model uncut, Model current, int step, Findings learnt);

    /** Leaves the model as it is: it is only trained, or only made int8. */
    record Nothing(Model dense) implements Cutter {

        @Override
        public Result cut(Model uncut, Model current, int step, Findings learnt) {
            return new Result(current, WeightPlan.NOTHING, Diagnostics.NONE);
        }
    }
}
