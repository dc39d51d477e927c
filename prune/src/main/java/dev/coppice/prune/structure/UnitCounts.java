package dev.coppice.prune.structure;

import dev.coppice.prune.allocate.Allocation;
import dev.coppice.prune.allocate.Counts;
import dev.coppice.prune.group.Group;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How many units of a group go, counted from the dense model's. */
final class UnitCounts {

    private final DenseGroups dense;
    private final StructuredRequest request;

    UnitCounts(DenseGroups dense, StructuredRequest request) {
        this.dense = dense;
        this.request = request;
    }

    /**
     * Returns how many more units of each group must go for a share of the dense model's to be gone.
     *
     * @param quotas shares of groups that are not in the pool
     * @param ranking the group of each unit in the pool, that of the unit first that is to go first
     * @param down whether to round to the multiple below, rather than to the nearest
     */
    Map<Group, Integer> further(
            Map<Group, Double> quotas, List<Group> pool, List<Group> ranking, double share, boolean down) {
        var counts = new HashMap<Group, Integer>();
        quotas.forEach((group, own) -> counts.put(group, share(group, own)));
        if (request.allocation() == Allocation.UNIFORM) {
            pool.forEach(group -> counts.put(group, share(group, share)));
        } else {
            count(pool, ranking, share, counts);
        }
        counts.replaceAll((group, count) -> Math.max(0, rounded(group, count, down) - dense.gone(group)));
        return counts;
    }

    private int share(Group group, double share) {
        return (int) Counts.roundHalfUp(share, dense.width(group));
    }

    /** Counts what has gone, and the first of the ranking until a share of the whole pool has gone. */
    private void count(List<Group> pool, List<Group> ranking, double share, Map<Group, Integer> counts) {
        int all = 0;
        int gone = 0;
        for (var group : pool) {
            all += dense.width(group);
            gone += dense.gone(group);
            counts.put(group, dense.gone(group));
        }
        long left = Counts.roundHalfUp(share, all) - gone;
        for (var group : ranking) {
            int already = counts.getOrDefault(group, 0);
            if (left > 0 && already < most(group)) {
                counts.put(group, already + 1);
                left--;
            }
        }
    }

    private int most(Group group) {
        int width = dense.width(group);
        int least = (int) Math.max(1, Math.ceil(request.limits().minKept() * width - 1e-9));
        return width - least;
    }

    /** Returns a number to remove that leaves a multiple of round-to. */
    private int rounded(Group group, int count, boolean down) {
        int removed = Math.min(count, most(group));
        int multiple = group.head() ? 1 : request.limits().roundTo();
        if (multiple == 1 || removed == 0) {
            return removed;
        }
        int width = dense.width(group);
        int kept = width - removed;
        int below = kept / multiple * multiple;
        boolean up = below == 0 || width - below > most(group) || (!down && kept - below >= multiple - kept + below);
        int rounded = up && kept != below ? below + multiple : below;
        return rounded >= width ? 0 : width - rounded;
    }
}
