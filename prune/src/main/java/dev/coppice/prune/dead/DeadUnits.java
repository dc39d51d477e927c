package dev.coppice.prune.dead;

import dev.coppice.ir.Tensor;
import dev.coppice.ir.host.Parallel;
import dev.coppice.prune.group.Group;
import dev.coppice.prune.group.Groups;
import dev.coppice.prune.group.Member;
import dev.coppice.prune.group.Removal;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Finds units that nothing reads: all weights that do are zero, or feed only units that nothing reads either. By the law of groups
 * (removing equals zeroing the weights that read) such a unit can be removed without a change. Units that are normalised over or
 * blocked are never dead.
 */
final class DeadUnits {

    private final Stored stored;
    private final Groups groups;
    private final Parallel parallel;
    private final Removal dead;
    private final Map<Key, List<BitSet>> excluded = new HashMap<>();
    private final Map<Key, List<BitSet>> occupied = new HashMap<>();

    /** A constant; a vector once for each of its users. */
    private record Key(String constant, int use) {}

    DeadUnits(Groups groups, Stored stored, Parallel parallel) {
        this.parallel = parallel;
        this.groups = groups;
        this.stored = stored;
        this.dead = groups.nothing();
        var candidates = groups.list().stream().filter(this::isCandidate).toList();
        Set<Key> changed = new HashSet<>();
        candidates.forEach(group ->
                readers(group).forEach(member -> changed.add(new Key(member.constant(), member.use()))));
        do {
            scan(changed);
            changed.clear();
            for (var group : candidates) {
                if (grow(group)) {
                    group.members().forEach(member -> exclude(group, member, changed));
                }
            }
        } while (!changed.isEmpty());
    }

    private boolean isCandidate(Group group) {
        return group.blocked().isEmpty()
                && !group.normalised()
                && readers(group).findAny().isPresent()
                && readers(group).allMatch(member -> stored.get(member.constant()) != null);
    }

    private static Stream<Member> readers(Group group) {
        return group.members().stream().filter(Member::reads);
    }

    private void scan(Set<Key> keys) {
        var known =
                keys.stream().filter(key -> stored.get(key.constant()) != null).toList();
        var found = parallel.map(
                known,
                key -> Occupancy.of(
                        Objects.requireNonNull(stored.get(key.constant())), excluded.getOrDefault(key, List.of())));
        for (int i = 0; i < known.size(); i++) {
            occupied.put(known.get(i), found.get(i));
        }
    }

    /** Takes up the units that are dead now, and says whether there are new ones. */
    private boolean grow(Group group) {
        var alive = new BitSet();
        readers(group).forEach(member -> {
            var indices = Objects.requireNonNull(occupied.get(new Key(member.constant(), member.use())))
                    .get(member.axis());
            for (int i = indices.nextSetBit(0); i >= 0; i = indices.nextSetBit(i + 1)) {
                if (member.unitOf()[i] >= 0) {
                    alive.set(member.unitOf()[i]);
                }
            }
        });
        boolean any = false;
        for (int unit = alive.nextClearBit(0); unit < group.width(); unit = alive.nextClearBit(unit + 1)) {
            if (!dead.isRemoved(group, unit)) {
                dead.remove(group, unit);
                any = true;
            }
        }
        return any;
    }

    private void exclude(Group group, Member member, Set<Key> changed) {
        var key = new Key(member.constant(), member.use());
        var axes = excluded.computeIfAbsent(key, _ -> {
            var none = new ArrayList<BitSet>();
            member.shape().forEach(_ -> none.add(new BitSet()));
            return none;
        });
        for (int i = 0; i < member.unitOf().length; i++) {
            if (member.unitOf()[i] >= 0 && dead.isRemoved(group, member.unitOf()[i])) {
                axes.get(member.axis()).set(i);
            }
        }
        changed.add(key);
    }

    /** Returns the dead units. */
    Removal removal() {
        return dead;
    }

    /** Returns for each constant with dead parts the indices, axis by axis, that belong to dead units for all of its users. */
    Map<String, List<BitSet>> parts() {
        var uses = new HashMap<String, Set<Integer>>();
        for (var group : groups.list()) {
            for (var member : group.members()) {
                uses.computeIfAbsent(member.constant(), _ -> new HashSet<>()).add(member.use());
            }
        }
        var parts = new LinkedHashMap<String, List<BitSet>>();
        for (var name : stored.tensors().keySet()) {
            var known = uses.getOrDefault(name, Set.of());
            boolean vector = !known.isEmpty() && !known.contains(0);
            if (known.isEmpty() || stored.isInBody(name) || (vector && known.size() != stored.uses(name))) {
                continue;
            }
            var common = common(
                    known.stream().map(use -> excluded.get(new Key(name, use))).toList());
            if (common.stream().anyMatch(axis -> !axis.isEmpty())) {
                parts.put(name, common);
            }
        }
        return parts;
    }

    private static List<BitSet> common(List<List<BitSet>> users) {
        if (users.stream().anyMatch(Objects::isNull)) {
            return List.of();
        }
        var common = new ArrayList<BitSet>();
        users.getFirst().forEach(axis -> common.add((BitSet) axis.clone()));
        for (var user : users) {
            for (int axis = 0; axis < common.size(); axis++) {
                common.get(axis).and(user.get(axis));
            }
        }
        return common;
    }

    /** Says whether a constant has two or more axes along which it varies. */
    static boolean isMatrix(Tensor tensor) {
        return tensor.dims().stream().filter(dim -> dim > 1).count() > 1;
    }
}
