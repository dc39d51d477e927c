package dev.coppice.prune.structure;

import dev.coppice.ir.UsageException;
import dev.coppice.prune.Glob;
import dev.coppice.prune.StructuredPlan;
import dev.coppice.prune.allocate.Allocation;
import dev.coppice.prune.group.Group;
import dev.coppice.prune.group.Groups;
import dev.coppice.prune.group.Removal;
import dev.coppice.prune.score.Findings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Decides which units of which groups go. */
public final class StructuredPlanner {

    private static final int BISECTIONS = 30;

    private final Groups groups;
    private final DenseGroups dense;
    private final UnitCounts units;
    private final StructuredRequest request;
    private final MacSavings macs;
    private final List<Group> candidates = new ArrayList<>();
    private final List<Group> pool = new ArrayList<>();
    private final List<Group> unknown = new ArrayList<>();
    private final List<Group> uncounted = new ArrayList<>();
    private final Map<Group, Double> quotas = new HashMap<>();
    private final Map<Group, double[]> scores = new HashMap<>();
    private final Map<Group, int[]> order = new HashMap<>();
    private final List<Group> ranking = new ArrayList<>();
    private final List<String> shortfalls = new ArrayList<>();

    private record Unit(Group group, double score) {}

    /**
     * A plan, and what came of making it.
     *
     * @param blocked groups that were asked for and cannot be cut
     * @param uncounted those of them that a budget of multiply-accumulates does not concern, because theirs cannot be counted
     * @param shortfalls what was asked for but could not be planned, one sentence each
     */
    public record Planned(
            StructuredPlan plan, Removal removal, List<Group> blocked, List<Group> uncounted, List<String> shortfalls) {
        public Planned {
            blocked = List.copyOf(blocked);
            uncounted = List.copyOf(uncounted);
            shortfalls = List.copyOf(shortfalls);
        }
    }

    private StructuredPlanner(Groups groups, DenseGroups dense, StructuredRequest request, MacSavings macs) {
        this.groups = groups;
        this.dense = dense;
        this.units = new UnitCounts(dense, request);
        this.request = request;
        this.macs = macs;
    }

    /**
     * Plans a cut.
     *
     * @param findings what the criterion needs to know: of outputs by the group's name, of weights by the constant's, mean squares of activations by
     *     {@link dev.coppice.prune.group.Flow#activations}
     * @param macs tells what share of the model's multiply-accumulates a removal leaves
     * @throws UsageException when a glob matches nothing
     */
    public static Planned plan(Groups groups, StructuredRequest request, Findings findings, MacSavings macs) {
        return plan(groups, DenseGroups.of(groups), request, findings, macs);
    }

    /**
     * Plans a further cut, after which that much of the dense model is gone.
     *
     * @param macs tells what share of the dense model's multiply-accumulates a removal leaves
     */
    public static Planned plan(
            Groups groups, DenseGroups dense, StructuredRequest request, Findings findings, MacSavings macs) {
        var planner = new StructuredPlanner(groups, dense, request, macs);
        planner.choose(group -> GroupScores.isKnown(group, request.criterion(), findings));
        planner.leaveUncounted();
        planner.score(new GroupScores(
                groups.model(), request.scoring(), findings, request.allocation() == Allocation.GLOBAL));
        var removal = planner.remove();
        return new Planned(planner.plan(removal), removal, planner.blocked(), planner.uncounted, planner.shortfalls);
    }

    /** Returns the groups that a request is about and that can be cut. */
    public static List<Group> candidates(Groups groups, StructuredRequest request) {
        return candidates(groups, DenseGroups.of(groups), request);
    }

    /** Returns the groups that a further cut is about. */
    public static List<Group> candidates(Groups groups, DenseGroups dense, StructuredRequest request) {
        var planner = new StructuredPlanner(groups, dense, request, _ -> 1);
        planner.choose(_ -> true);
        return planner.candidates;
    }

    /** Returns the units of every group that a request is about, in the order in which its criterion would have them go. */
    public static Map<Group, int[]> orders(Groups groups, StructuredRequest request, Findings findings) {
        var planner = new StructuredPlanner(groups, DenseGroups.of(groups), request, _ -> 1);
        planner.choose(group -> GroupScores.isKnown(group, request.criterion(), findings));
        planner.score(new GroupScores(groups.model(), request.scoring(), findings, false));
        return planner.order;
    }

    private void choose(Predicate<Group> known) {
        var keep = globs(request.selection().keep());
        var only = globs(request.selection().only());
        var quotaGlobs =
                globs(request.quotas().stream().map(quota -> quota.glob()).toList());
        // What is used up still counts where a share of all is asked for.
        for (var group :
                Stream.concat(groups.list().stream(), dense.usedUp().stream()).toList()) {
            if (!isPossible(group) || (group.normalised() && !request.limits().includeNormalised())) {
                continue;
            }
            var was = dense.find(group).orElse(group);
            if (GroupNames.match(keep, GroupNames.of(was, true))
                    || (!only.isEmpty() && !GroupNames.match(only, GroupNames.of(was, false)))) {
                continue;
            }
            boolean there = !dense.usedUp().contains(group);
            if (there && !known.test(group)) {
                unknown.add(group);
                continue;
            }
            if (there) {
                candidates.add(group);
            }
            int last = -1;
            for (int i = 0; i < quotaGlobs.size(); i++) {
                last = GroupNames.match(List.of(quotaGlobs.get(i)), GroupNames.of(was, false)) ? i : last;
            }
            if (last >= 0) {
                quotas.put(group, request.quotas().get(last).sparsity());
            } else {
                pool.add(group);
            }
        }
    }

    /** What a cut of a group saves has to be known, where a budget of multiply-accumulates is to be met. */
    private void leaveUncounted() {
        if (request.target() instanceof Target.MaxMacs) {
            candidates.stream()
                    .filter(group -> pool.contains(group) && !macs.isCounted(group))
                    .forEach(uncounted::add);
            candidates.removeAll(uncounted);
            pool.removeAll(uncounted);
        }
    }

    /** Says whether a group can be cut, or could be in the dense model. */
    private boolean isPossible(Group group) {
        if (!group.blocked().isEmpty()) {
            return false;
        }
        boolean known = dense.usedUp().contains(group) || dense.find(group).isPresent();
        if (!known && group.width() > 1 && asked(group)) {
            shortfalls.add(group.name() + " was left as it is: the dense model has no such group");
        }
        return known && dense.width(group) > 1 && asked(dense.find(group).orElse(group));
    }

    /** Says whether a group is of a kind that was asked for. */
    private boolean asked(Group group) {
        boolean weights = group.members().stream().anyMatch(member -> member.isMatrix());
        return weights && request.granularity().contains(group.head() ? Granularity.HEAD : Granularity.CHANNEL);
    }

    private List<Glob> globs(List<String> texts) {
        var names = new LinkedHashSet<String>();
        dense.list().forEach(group -> names.addAll(GroupNames.of(group, true)));
        var globs = texts.stream().map(Glob::new).toList();
        for (var glob : globs) {
            if (names.stream().noneMatch(glob::matches)) {
                throw new UsageException(
                        "'" + glob + "' matches no weight and no node with a weight",
                        "'coppice inspect' lists the groups, their weights and nodes");
            }
        }
        return globs;
    }

    private void score(GroupScores by) {
        for (var group : candidates) {
            var own = by.of(group);
            scores.put(group, own);
            order.put(
                    group,
                    IntStream.range(0, own.length)
                            .boxed()
                            .sorted(Comparator.comparingDouble(unit -> own[unit]))
                            .mapToInt(Integer::intValue)
                            .toArray());
        }
        var ranked = new ArrayList<Unit>();
        for (var group : pool) {
            if (dense.left(group) > 1) {
                double worth = worth(group);
                Arrays.stream(scores(group)).forEach(score -> ranked.add(new Unit(group, score * worth)));
            }
        }
        ranked.sort(Comparator.comparingDouble(Unit::score));
        ranked.forEach(unit -> ranking.add(unit.group()));
    }

    /**
     * Returns what a unit of average score is worth beside those of other groups. Where a budget of arithmetic or weights is to be met,
     * that is the share of its readers' inputs that it makes up, summed over the readers, for each thing saved: the relative error
     * that a removal causes per multiply-accumulate or weight.
     */
    private double worth(Group group) {
        if (request.allocation() != Allocation.GLOBAL || request.target() instanceof Target.Share) {
            return 1;
        }
        var one = groups.nothing();
        one.remove(group, 0);
        double saved = request.target() instanceof Target.MaxMacs
                ? macs.left(groups.nothing()) - macs.left(one)
                : groups.matrixSize(groups.nothing()) - groups.matrixSize(one);
        if (request.criterion().isAbsolute()) {
            return 1 / Math.max(saved, Double.MIN_NORMAL);
        }
        long readers = group.members().stream()
                .filter(member -> member.isMatrix() && member.reads())
                .count();
        return saved <= 0 ? Double.MAX_VALUE / group.width() : Math.max(1, readers) / (group.width() * saved);
    }

    private double[] scores(Group group) {
        return scores.getOrDefault(group, new double[group.width()]);
    }

    private Removal remove() {
        return switch (request.target()) {
            case Target.Share(double share) -> removal(share, false);
            case Target.MaxMacs(double most) ->
                least(
                        removal -> macs.left(removal) <= most,
                        String.format(Locale.ROOT, "%.1f %% of the MACs", 100 * most));
            case Target.MaxParameters(long most) ->
                least(removal -> groups.matrixSize(removal) <= most, String.format(Locale.ROOT, "%,d weights", most));
        };
    }

    private interface Goal {
        boolean reached(Removal removal);
    }

    /** Returns the removal of the smallest share that reaches a goal. */
    private Removal least(Goal goal, String what) {
        double enough = 1;
        double tooLittle = 0;
        var best = removal(enough, true);
        if (!goal.reached(best)) {
            shortfalls.add(String.format(
                    Locale.ROOT,
                    "%s cannot be reached: with the least of every group left, %.1f %% of the MACs and %,d weights"
                            + " remain",
                    what,
                    100 * macs.left(best),
                    groups.matrixSize(best)));
            return best;
        }
        if (goal.reached(groups.nothing())) {
            return groups.nothing();
        }
        for (int i = 0; i < BISECTIONS; i++) {
            double share = (enough + tooLittle) / 2;
            var removal = removal(share, true);
            if (goal.reached(removal)) {
                enough = share;
                best = removal;
            } else {
                tooLittle = share;
            }
        }
        return best;
    }

    /** Removes a share of the pool, and of the groups with shares of their own what these say. */
    private Removal removal(double share, boolean roundDown) {
        var removal = groups.nothing();
        units.further(quotas, pool, ranking, share, roundDown).forEach((group, count) -> {
            for (int i = 0; i < count; i++) {
                removal.remove(group, order(group)[i]);
            }
        });
        restore(removal);
        return removal;
    }

    private int[] order(Group group) {
        return order.getOrDefault(group, new int[0]);
    }

    /** Takes back the best unit of every group along an axis of which nothing would be left. */
    private void restore(Removal removal) {
        for (var emptied = groups.emptied(removal); !emptied.isEmpty(); emptied = groups.emptied(removal)) {
            boolean restored = false;
            for (var group : emptied) {
                for (int i = order(group).length - 1; i >= 0; i--) {
                    int unit = order(group)[i];
                    if (removal.isRemoved(group, unit)) {
                        removal.restore(group, unit);
                        restored = true;
                        break;
                    }
                }
            }
            if (!restored) {
                return;
            }
        }
    }

    private StructuredPlan plan(Removal removal) {
        var entries = new ArrayList<StructuredPlan.Entry>();
        for (var group : candidates) {
            var removed = IntStream.range(0, group.width())
                    .filter(unit -> removal.isRemoved(group, unit))
                    .boxed()
                    .toList();
            entries.add(new StructuredPlan.Entry(
                    dense.name(group),
                    node(group),
                    (group.head() ? Granularity.HEAD : Granularity.CHANNEL).label(),
                    group.width(),
                    removed));
        }
        return new StructuredPlan(
                request.criterion().label(),
                Granularity.label(request.granularity()),
                request.allocation().label(),
                request.scoring().seed(),
                entries);
    }

    /** Returns the label of the first node that uses the weight that a group is named after. */
    public static String node(Group group) {
        return group.members().stream()
                .filter(member -> group.name().startsWith(member.constant())
                        && !member.nodes().isEmpty())
                .findFirst()
                .or(() -> group.members().stream()
                        .filter(member -> !member.nodes().isEmpty())
                        .findFirst())
                .map(member -> member.nodes().getFirst())
                .orElse("");
    }

    private List<Group> blocked() {
        return groups.list().stream()
                .filter(group -> asked(group) && group.width() > 1)
                .filter(group -> !group.blocked().isEmpty()
                        || unknown.contains(group)
                        || uncounted.contains(group)
                        || (group.normalised() && !request.limits().includeNormalised()))
                .toList();
    }
}
