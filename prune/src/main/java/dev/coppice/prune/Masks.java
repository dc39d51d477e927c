package dev.coppice.prune;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.Mask;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.host.Parallel;
import dev.coppice.ir.layer.WeightMatrix;
import dev.coppice.prune.allocate.Allocation;
import dev.coppice.prune.allocate.LowestInGroups;
import dev.coppice.prune.allocate.LowestUnits;
import dev.coppice.prune.pattern.Pattern;
import dev.coppice.prune.score.Criteria;
import dev.coppice.prune.score.Rule;
import dev.coppice.prune.score.UnitKeys;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Turns a plan into masks of the stored tensors: in each weight the units of lowest score. */
final class Masks {

    /** From this many units on, the threads share one weight; smaller ones each thread takes whole. */
    private static final long LARGE = 1 << 20;

    private final Planned planned;
    private final Pattern pattern;
    private final Rule rule;
    private final boolean byRow;
    private final @Nullable Mask[] masks;
    private final List<Parameter> parameters;

    private Masks(List<Parameter> parameters, Planned planned) {
        this.parameters = parameters;
        this.planned = planned;
        var plan = planned.plan();
        pattern = Pattern.parse(plan.granularity());
        rule = new Rule(Criteria.named(plan.criterion()), plan.seed(), planned.findings());
        byRow = Allocation.named(plan.allocate()) == Allocation.ROW_UNIFORM;
        masks = new Mask[parameters.size()];
    }

    /**
     * Returns the masks by the identity of the tensor.
     *
     * @param parameters one for each entry of the plan
     * @throws BadInputException when an entry's counts do not fit its weight
     * @throws dev.coppice.ir.BadModelException when a weight to be pruned is NaN or infinite
     */
    static Map<Tensor, Mask> of(List<Parameter> parameters, Planned planned, Parallel parallel) {
        return new Masks(parameters, planned).make(parallel);
    }

    private Map<Tensor, Mask> make(Parallel parallel) {
        var small = new ArrayList<Integer>();
        for (int i = 0; i < parameters.size(); i++) {
            check(planned.plan().entries().get(i), parameters.get(i).matrix());
            if (entry(i).unitsToPrune() == 0) {
                continue;
            }
            if (entry(i).units() >= LARGE && !inGroups()) {
                masks[i] = mask(i, parallel);
            } else {
                small.add(i);
            }
        }
        parallel.forEach(small.size(), () -> task -> masks[small.get(task)] = mask(small.get(task), Parallel.ONE));
        var bySource = new IdentityHashMap<Tensor, Mask>();
        for (int i = 0; i < masks.length; i++) {
            var mask = masks[i];
            if (mask != null) {
                bySource.merge(parameters.get(i).source(), mask, Mask::or);
            }
        }
        return bySource;
    }

    private WeightPlan.Entry entry(int i) {
        return planned.plan().entries().get(i);
    }

    private boolean inGroups() {
        return byRow || pattern instanceof Pattern.NofM;
    }

    private void check(WeightPlan.Entry entry, WeightMatrix matrix) {
        long units = pattern.grid(matrix).units();
        long count = entry.unitsToPrune();
        boolean fits = entry.units() == units && count >= 0 && count <= units;
        if (fits && pattern instanceof Pattern.NofM nOfM) {
            fits = count == 0 || count == nOfM.prunedOf(matrix);
        }
        if (!fits) {
            throw new BadInputException(
                    "the plan prunes " + count + " of " + entry.units() + " " + pattern.unit() + "s of " + entry.name()
                            + ", which has " + units,
                    pattern instanceof Pattern.NofM
                            ? "an N:M pattern prunes its share of every weight, or none: set the count to 0 or leave it"
                            : "the number to prune is at least 0 and at most the number of units");
        }
    }

    private Mask mask(int i, Parallel parallel) {
        var matrix = parameters.get(i).matrix();
        if (inGroups()) {
            return maskOfGroups(i, matrix);
        }
        var units = planned.units().get(entry(i).name());
        if (units == null) {
            boolean wide = UnitKeys.needsWide(matrix, pattern, rule.criterion());
            var keys = UnitKeys.of(entry(i).name(), matrix, pattern, rule, wide);
            units = LowestUnits.masks(List.of(keys), entry(i).unitsToPrune(), parallel)
                    .getFirst();
        }
        return UnitKeys.inSource(units, matrix, pattern, rule.criterion());
    }

    private Mask maskOfGroups(int i, WeightMatrix matrix) {
        if (pattern instanceof Pattern.NofM nOfM) {
            return LowestInGroups.mask(entry(i).name(), matrix, rule, nOfM);
        }
        // What does not divide evenly among the rows goes to the first ones.
        int each = Math.toIntExact(entry(i).unitsToPrune() / matrix.rowCount());
        int more = Math.toIntExact(entry(i).unitsToPrune() % matrix.rowCount());
        return LowestInGroups.ofRows(entry(i).name(), matrix, rule, row -> each + (row < more ? 1 : 0));
    }
}
