package dev.coppice.prune.structure;

import dev.coppice.ir.UsageException;
import dev.coppice.prune.Quota;
import dev.coppice.prune.Selection;
import dev.coppice.prune.allocate.Allocation;
import dev.coppice.prune.score.Criteria;
import dev.coppice.prune.score.Criterion;
import java.util.List;
import java.util.Set;

/**
 * Which structure to remove: what, by which rule, how much and where. Checked when made.
 *
 * @param allocation {@code uniform} takes the same share of every group, {@code global} the lowest scores of all,
 *     {@code sensitivity} what the quotas say
 * @param quotas shares of single groups; the last that matches a group counts, and takes it out of the common pool
 * @param limits what is never to be done
 */
public record StructuredRequest(
        Scoring scoring,
        Set<Granularity> granularity,
        Allocation allocation,
        Target target,
        List<Quota> quotas,
        Selection selection,
        Limits limits) {

    /**
     * What a cut must respect.
     *
     * @param roundTo numbers of channels that stay are multiples of this; heads are not rounded
     * @param minKept the least share of a group that stays, one unit at least
     * @param includeNormalised whether axes that values are normalised over may be cut
     */
    public record Limits(int roundTo, double minKept, boolean includeNormalised) {

        /** One unit of every group stays. */
        public static final Limits NONE = new Limits(1, 0, false);

        public Limits {
            if (roundTo < 1) {
                throw new UsageException("round-to is " + roundTo, "give 1 or more; 8 suits most hardware");
            }
            if (!(minKept >= 0 && minKept < 1)) {
                throw new UsageException("min-kept is " + minKept, "it is a share from 0 to below 1");
            }
        }
    }

    public Criterion criterion() {
        return scoring.criterion();
    }

    /** Says whether nothing is to be removed: what comes of it is there to be compared with. */
    public boolean isForNothing() {
        boolean some = switch (target) {
            case Target.Share(double given) -> given > 0;
            case Target.MaxMacs(double most) -> most < 1;
            case Target.MaxParameters _ -> true;
        };
        return !some && quotas.stream().allMatch(quota -> quota.sparsity() == 0);
    }

    public StructuredRequest withTarget(Target newTarget) {
        return new StructuredRequest(scoring, granularity, allocation, newTarget, quotas, selection, limits);
    }

    /** Returns this request with numbers of channels that are multiples of {@code roundTo}. */
    public StructuredRequest withRoundTo(int roundTo) {
        var rounded = new Limits(roundTo, limits.minKept(), limits.includeNormalised());
        return new StructuredRequest(scoring, granularity, allocation, target, quotas, selection, rounded);
    }

    public StructuredRequest withQuotas(List<Quota> newQuotas) {
        return new StructuredRequest(scoring, granularity, allocation, target, newQuotas, selection, limits);
    }

    public StructuredRequest {
        granularity = Set.copyOf(granularity);
        quotas = List.copyOf(quotas);
        for (var part : granularity) {
            Criteria.require(scoring.criterion(), part.unitKind());
        }
        if (allocation != Allocation.UNIFORM
                && allocation != Allocation.GLOBAL
                && allocation != Allocation.SENSITIVITY) {
            throw new UsageException(
                    allocation.label() + " shares out single weights, not whole " + Granularity.label(granularity)
                            + "s",
                    "choose uniform, global or sensitivity");
        }
    }
}
