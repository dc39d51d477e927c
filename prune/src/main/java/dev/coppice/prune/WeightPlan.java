package dev.coppice.prune;

import java.util.List;

/**
 * Which share of each weight is pruned: the units of lowest score, so many in each. {@link Apply#apply(dev.coppice.ir.Model, WeightPlan, dev.coppice.ir.host.Parallel)} checks it against the model.
 *
 * @param criterion label of the {@link dev.coppice.prune.score.Criterion}
 * @param granularity label of the {@link dev.coppice.prune.pattern.Pattern}
 * @param allocate label of the {@link dev.coppice.prune.allocate.Allocation} that made the counts
 * @param seed of the criterion {@code random}
 */
public record WeightPlan(String criterion, String granularity, String allocate, long seed, List<Entry> entries)
        implements Plan {

    /**
     * One weight.
     *
     * @param node label of the first node that uses it
     * @param op operator of that node
     * @param shape as the operator sees it
     * @param rows output features
     * @param columns length of the reduction
     * @param units how many weights, rows, columns or blocks it has
     * @param unitsToPrune how many of them go
     */
    public record Entry(
            String name,
            String node,
            String op,
            List<Long> shape,
            int rows,
            int columns,
            long units,
            long unitsToPrune) {

        public Entry {
            shape = List.copyOf(shape);
        }

        /** Returns the number of weights. */
        public long size() {
            return (long) rows * columns;
        }

        /** Returns the share of units that go. */
        public double sparsity() {
            return units == 0 ? 0 : (double) unitsToPrune / units;
        }

        /** Returns how many weights go; a close estimate where units at the edges are smaller than the others. */
        public long weightsToPrune() {
            return Math.round(sparsity() * size());
        }
    }

    /** A plan that prunes nothing. */
    public static final WeightPlan NOTHING = new WeightPlan("l1", "unstructured", "uniform", 0, List.of());

    public WeightPlan {
        entries = List.copyOf(entries);
    }

    @Override
    public boolean isEmpty() {
        return entries.stream().allMatch(entry -> entry.unitsToPrune() == 0);
    }
}
