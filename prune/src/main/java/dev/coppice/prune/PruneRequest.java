package dev.coppice.prune;

import dev.coppice.ir.UsageException;
import dev.coppice.prune.allocate.Allocation;
import dev.coppice.prune.allocate.Budget;
import dev.coppice.prune.pattern.Pattern;
import dev.coppice.prune.score.Criteria;
import dev.coppice.prune.score.Criterion;
import dev.coppice.prune.score.UnitKind;
import java.util.List;

/**
 * What to prune: which units, by which rule, how many and where. Checked when made: combinations without a meaning are refused by
 * {@link UsageException}.
 *
 * @param quotas sparsities of single weights; the last that matches a weight counts
 * @param seed of the criterion {@code random}
 */
public record PruneRequest(
        Criterion criterion, Pattern pattern, Allocation allocation, Budget budget, List<Quota> quotas, long seed) {

    /** How far a given sparsity may be from N/M to count as the same: it was typed with at least three digits. */
    private static final double SAME_SPARSITY = 5e-4;

    public PruneRequest {
        quotas = List.copyOf(quotas);
        Criteria.require(criterion, UnitKind.of(pattern));
        if (criterion.isSigned() && allocation == Allocation.LAMP) {
            throw new UsageException(
                    "lamp compares squares, and the scores of " + criterion.label() + " may be negative",
                    "use the allocation uniform, row-uniform, global or erk");
        }
        if (pattern instanceof Pattern.NofM nOfM) {
            requireFits(nOfM, allocation, budget, quotas);
        } else if (budget instanceof Budget.OfPattern) {
            throw new UsageException(
                    "the granularity " + pattern.label() + " does not say how much to prune",
                    "give a sparsity or a number of non-zeros");
        }
        boolean single = pattern instanceof Pattern.Unstructured;
        if (allocation == Allocation.ROW_UNIFORM && !single && !(pattern instanceof Pattern.NofM)) {
            throw new UsageException(
                    "row-uniform shares out single weights, not " + pattern.unit() + "s",
                    "use it with unstructured pruning");
        }
        if (budget instanceof Budget.MaxNonZeros && !single && allocation != Allocation.GLOBAL) {
            throw new UsageException(
                    "a number of non-zeros cannot be met with " + pattern.unit() + "s shared out by "
                            + allocation.label(),
                    "use unstructured pruning, or the allocation global, which keeps at most that many");
        }
    }

    /** Makes a request without quotas, with seed 0. */
    public static PruneRequest of(Criterion criterion, Pattern pattern, Allocation allocation, Budget budget) {
        return new PruneRequest(criterion, pattern, allocation, budget, List.of(), 0);
    }

    private static void requireFits(Pattern.NofM pattern, Allocation allocation, Budget budget, List<Quota> quotas) {
        double sparsity = (double) pattern.pruned() / pattern.group();
        if (allocation != Allocation.UNIFORM) {
            throw new UsageException(
                    pattern.label() + " leaves nothing to allocate by " + allocation.label(),
                    "an N:M pattern prunes the same share everywhere: leave the allocation out");
        }
        switch (budget) {
            case Budget.Sparsity(double share) -> requireSame(pattern, sparsity, share);
            case Budget.MaxNonZeros _ ->
                throw new UsageException(
                        pattern.label() + " fixes how much is pruned",
                        "leave the number of non-zeros out, or choose another granularity");
            case Budget.OfPattern _ -> {}
        }
        quotas.stream()
                .filter(quota -> quota.sparsity() != 0)
                .forEach(quota -> requireSame(pattern, sparsity, quota.sparsity()));
    }

    private static void requireSame(Pattern.NofM pattern, double sparsity, double share) {
        if (Math.abs(share - sparsity) > SAME_SPARSITY) {
            throw new UsageException(
                    pattern.label() + " prunes " + sparsity + " of the weights, not " + share,
                    "leave the sparsity out, or choose another granularity");
        }
    }
}
