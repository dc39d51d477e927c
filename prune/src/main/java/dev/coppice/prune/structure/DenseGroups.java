package dev.coppice.prune.structure;

import dev.coppice.prune.StructuredPlan;
import dev.coppice.prune.group.Group;
import dev.coppice.prune.group.Groups;
import dev.coppice.prune.group.Removal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The groups of the model that the first of several cuts began with, found again in what the cuts have left. Shares, multiples and what
 * must stay are of their widths, so that many cuts end where one does. A group is known by the constants that it runs along: its name is
 * another one once a neighbour has a single unit left, and where it has so itself it may be no group any more. A constant that groups
 * shared may have become one for each, with a name of its own: then most of the others tell.
 */
public final class DenseGroups {

    private final List<Group> list;
    private final Map<Group, Group> denseOf = new HashMap<>();
    private final Set<Group> usedUp = new LinkedHashSet<>();

    private record Place(String constant, int axis) {}

    /** What tells a group from others; several that are alike in all of it keep their order. */
    private record Key(Set<Place> places, boolean head, boolean normalised, boolean blocked) {

        static Key of(Group group) {
            var places = new HashSet<Place>();
            group.members().forEach(member -> places.add(new Place(member.constant(), member.axis())));
            return new Key(
                    places, group.head(), group.normalised(), !group.blocked().isEmpty());
        }

        /** Returns how many places two groups of one kind have in common. */
        int shared(Key other) {
            return head == other.head && normalised == other.normalised && blocked == other.blocked
                    ? (int) places.stream().filter(other.places::contains).count()
                    : 0;
        }
    }

    private DenseGroups(Groups dense) {
        this.list = dense.list();
    }

    /** Returns the groups of a model from which nothing has been cut. */
    public static DenseGroups of(Groups groups) {
        var self = new DenseGroups(groups);
        groups.list().forEach(group -> self.denseOf.put(group, group));
        return self;
    }

    /** Finds the groups of {@code dense} again in those of a model that was cut from it. */
    public static DenseGroups of(Groups dense, Groups current) {
        var byKey = new HashMap<Key, List<Group>>();
        for (var group : dense.list()) {
            byKey.computeIfAbsent(Key.of(group), _ -> new ArrayList<>()).add(group);
        }
        var self = new DenseGroups(dense);
        for (var group : current.list()) {
            var alike = byKey.getOrDefault(Key.of(group), List.of());
            if (!alike.isEmpty() && alike.getFirst().width() >= group.width()) {
                self.denseOf.put(group, alike.removeFirst());
            }
        }
        self.usedUp.addAll(dense.list());
        self.usedUp.removeAll(self.denseOf.values());
        for (var group : current.list()) {
            if (!self.denseOf.containsKey(group)) {
                self.mostAlike(group).ifPresent(was -> {
                    self.denseOf.put(group, was);
                    self.usedUp.remove(was);
                });
            }
        }
        return self;
    }

    /** Returns the group, of those not found again yet, that runs along the most constants of a given one. */
    private Optional<Group> mostAlike(Group group) {
        var key = Key.of(group);
        Group best = null;
        int most = 0;
        for (var other : usedUp) {
            int shared = other.width() >= group.width() ? key.shared(Key.of(other)) : 0;
            if (shared > most) {
                most = shared;
                best = other;
            }
        }
        return Optional.ofNullable(best);
    }

    /** Returns all groups of the dense model. */
    List<Group> list() {
        return list;
    }

    /** Returns the groups of the dense model of which one unit is left, which is no group now. */
    Set<Group> usedUp() {
        return usedUp;
    }

    /** Returns what a group of the cut model was; empty when it was none. */
    Optional<Group> find(Group group) {
        return Optional.ofNullable(denseOf.get(group));
    }

    /** Returns how wide a group was, one of the cut model or one that is used up. */
    int width(Group group) {
        return find(group).map(Group::width).orElse(group.width());
    }

    /** Returns how many units of a group are there yet. */
    int left(Group group) {
        return usedUp.contains(group) ? 1 : group.width();
    }

    /** Returns how many units of a group have gone. */
    int gone(Group group) {
        return width(group) - left(group);
    }

    /** Returns the name by which all cuts call a group. */
    String name(Group group) {
        return find(group).map(Group::name).orElse(group.name());
    }

    /** Returns a plan with what is left of a removal after some of it was taken back. */
    public StructuredPlan without(StructuredPlan plan, Removal removal) {
        var byName = new HashMap<String, Group>();
        denseOf.forEach((group, was) -> byName.put(was.name(), group));
        var entries = new ArrayList<StructuredPlan.Entry>();
        for (var entry : plan.entries()) {
            var group = byName.get(entry.name());
            var left = entry.removed().stream()
                    .filter(unit -> group != null && removal.isRemoved(group, unit))
                    .toList();
            entries.add(new StructuredPlan.Entry(entry.name(), entry.node(), entry.kind(), entry.width(), left));
        }
        return new StructuredPlan(plan.criterion(), plan.granularity(), plan.allocate(), plan.seed(), entries);
    }
}
