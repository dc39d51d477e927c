package dev.coppice.pipeline.share;

import dev.coppice.ir.UsageException;
import dev.coppice.prune.Quota;
import dev.coppice.prune.allocate.Counts;
import dev.coppice.prune.allocate.DamageCurve;
import dev.coppice.prune.allocate.LeastDamage;
import dev.coppice.prune.group.Group;
import dev.coppice.prune.group.Groups;
import dev.coppice.prune.group.Removal;
import dev.coppice.prune.score.Findings;
import dev.coppice.prune.structure.MacSavings;
import dev.coppice.prune.structure.StructuredPlanner;
import dev.coppice.prune.structure.StructuredRequest;
import dev.coppice.prune.structure.Target;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Turns measured curves into a share for each group of channels or heads. */
public final class MeasuredGroupShares {

    /** What all of the arithmetic or of the weights counts in the budget of the dynamic programme. */
    private static final double WHOLE = 1e9;

    private static final int BISECTIONS = 24;

    private final Groups groups;
    private final StructuredRequest request;
    private final Findings findings;
    private final MacSavings macs;
    private final List<Group> pool;
    private final List<DamageCurve> curves;
    private final long[] sizes;

    /** @param findings as of {@link StructuredPlanner#plan} */
    public MeasuredGroupShares(
            Groups groups, StructuredRequest request, MeasuredShares shares, Findings findings, MacSavings macs) {
        this.groups = groups;
        this.request = request;
        this.findings = findings;
        this.macs = macs;
        if (!request.quotas().isEmpty()) {
            throw new UsageException(
                    "shares of single groups beside the allocation sensitivity", "leave one of them out");
        }
        this.pool = StructuredPlanner.candidates(groups, request);
        this.curves = pool.stream().map(group -> shares.curve(group.name())).toList();
        this.sizes = pool.stream().mapToLong(this::size).toArray();
    }

    /** Returns how much of the budget a group makes up: its units, or what removing them one by one would save. */
    private long size(Group group) {
        if (request.target() instanceof Target.Share) {
            return group.width();
        }
        var one = groups.nothing();
        one.remove(group, 0);
        return Math.max(group.width(), Math.round((1 - left(one)) * group.width() * WHOLE));
    }

    private double left(Removal removal) {
        return request.target() instanceof Target.MaxParameters
                ? (double) groups.matrixSize(removal) / groups.matrixSize(groups.nothing())
                : macs.left(removal);
    }

    /**
     * Returns a request that says what every group gives.
     *
     * @throws UsageException when the curves do not reach so far
     */
    public StructuredRequest resolve() {
        return switch (request.target()) {
            case Target.Share(double share) -> {
                int units = pool.stream().mapToInt(Group::width).sum();
                yield withTotal(Counts.roundHalfUp(share, units));
            }
            case Target.MaxMacs(double most) -> least(most);
            case Target.MaxParameters(long most) -> least((double) most / groups.matrixSize(groups.nothing()));
        };
    }

    /** Returns the request of the smallest total that leaves no more than {@code most}. */
    private StructuredRequest least(double most) {
        long enough = 0;
        for (int i = 0; i < sizes.length; i++) {
            enough += (long) Math.floor(curves.get(i).most() * sizes[i]);
        }
        long tooLittle = 0;
        var best = withTotal(enough);
        if (left(removal(best)) > most) {
            throw new UsageException(
                    "the groups were measured up to sparsities that leave %.3f, not %.3f"
                            .formatted(left(removal(best)), most),
                    "measure higher ones, as by --sparsities 0.1,0.3,0.5,0.7,0.9,0.95");
        }
        for (int i = 0; i < BISECTIONS && enough - tooLittle > 1; i++) {
            long middle = (enough + tooLittle) >>> 1;
            var tried = withTotal(middle);
            if (left(removal(tried)) <= most) {
                enough = middle;
                best = tried;
            } else {
                tooLittle = middle;
            }
        }
        return best;
    }

    private Removal removal(StructuredRequest tried) {
        return StructuredPlanner.plan(groups, tried, findings, macs).removal();
    }

    private StructuredRequest withTotal(long total) {
        var counts = LeastDamage.counts(curves, sizes, total);
        var quotas = new ArrayList<Quota>();
        for (int i = 0; i < counts.length; i++) {
            quotas.add(new Quota(pool.get(i).name(), (double) counts[i] / sizes[i]));
        }
        // A group of a part of a weight has the weight's name with an ending; the last match counts.
        quotas.sort(Comparator.comparingInt(quota -> quota.glob().length()));
        return new StructuredRequest(
                request.scoring(),
                request.granularity(),
                request.allocation(),
                new Target.Share(0),
                quotas,
                request.selection(),
                request.limits());
    }
}
