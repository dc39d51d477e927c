package dev.coppice.prune.group;

import dev.coppice.ir.Graph;
import dev.coppice.ir.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Gathers labels that occur in the same places into groups. */
final class Grouping {

    private static final int NONE = -1;

    private final Coupler coupler;
    private final Labels labels;
    private final Map<Origin, Axis> origins = new LinkedHashMap<>();
    private final Map<String, List<String>> users = new HashMap<>();

    private record Key(long places, boolean blocked, boolean normalised, boolean head) {

        /** Says what {@code equals} does, without its detour through method handles. */
        boolean isLike(@Nullable Key other) {
            return other != null
                    && places == other.places
                    && blocked == other.blocked
                    && normalised == other.normalised
                    && head == other.head;
        }
    }

    Grouping(Coupler coupler) {
        this.coupler = coupler;
        this.labels = coupler.labels();
        coupler.origins().forEach((origin, axis) -> {
            if (origin.use() > 0 || !coupler.uses().containsKey(origin.constant())) {
                origins.put(origin, axis);
            }
        });
        noteUsers(coupler.model().graph());
    }

    private void noteUsers(Graph graph) {
        for (var node : graph.nodes()) {
            for (var input : node.inputs()) {
                users.computeIfAbsent(input, _ -> new ArrayList<>()).add(node.label());
            }
            node.bodies().forEach(this::noteUsers);
        }
    }

    List<Group> groups() {
        var places = new long[labels.size()];
        var seen = new ArrayList<Integer>();
        int number = 0;
        for (var axis : origins.values()) {
            number++;
            for (int label : live(axis)) {
                for (int leaf : labels.leaves(label)) {
                    if (labels.isIgnored(leaf)) {
                        continue;
                    }
                    if (places[leaf] == 0) {
                        seen.add(leaf);
                    }
                    places[leaf] = (places[leaf] + number) * 0x9E3779B97F4A7C15L;
                    places[leaf] ^= places[leaf] >>> 29;
                }
            }
        }
        var byKey = new LinkedHashMap<Key, List<Integer>>();
        Key last = null;
        List<Integer> alike = List.of();
        for (int leaf : seen) {
            var key =
                    new Key(places[leaf], labels.reason(leaf) != null, labels.isNormalised(leaf), labels.isHead(leaf));
            // Neighbours are mostly alike, and there are tens of thousands where there is a vocabulary.
            if (!key.isLike(last)) {
                alike = byKey.computeIfAbsent(key, _ -> new ArrayList<>());
                last = key;
            }
            alike.add(leaf);
        }
        return groups(byKey);
    }

    private static int[] live(Axis axis) {
        return axis.factors().getFirst() instanceof Factor.Live(int[] live) ? live : new int[0];
    }

    private List<Group> groups(Map<Key, List<Integer>> byKey) {
        var groupOf = new int[labels.size()];
        var unitOf = new int[labels.size()];
        Arrays.fill(groupOf, NONE);
        var units = new ArrayList<int[]>();
        for (var leaves : byKey.values()) {
            for (int i = 0; i < leaves.size(); i++) {
                groupOf[leaves.get(i)] = units.size();
                unitOf[leaves.get(i)] = i;
            }
            units.add(leaves.stream().mapToInt(Integer::intValue).toArray());
        }
        var members = new ArrayList<List<Member>>();
        var flows = new ArrayList<List<Flow>>();
        units.forEach(_ -> {
            members.add(new ArrayList<>());
            flows.add(new ArrayList<>());
        });
        origins.forEach((origin, axis) -> along(axis, groupOf, unitOf)
                .forEach((group, of) -> members.get(group).add(member(origin, of))));
        for (var read : coupler.reads()) {
            var data = coupler.axes(read.node(), read.data());
            if (data != null) {
                along(data.get(read.dataAxis()), groupOf, unitOf)
                        .forEach((group, of) -> flows.get(group)
                                .add(new Flow(
                                        read.node(),
                                        read.data(),
                                        read.dataAxis(),
                                        read.weight(),
                                        read.weightAxis(),
                                        of)));
            }
        }
        var groups = new ArrayList<Group>();
        var names = names(byKey.keySet(), members);
        int index = 0;
        for (var key : byKey.keySet()) {
            var own = members.get(index);
            groups.add(new Group(
                    index,
                    names.get(index),
                    units.get(index),
                    new Group.Traits(key.head(), key.normalised(), reasons(units.get(index))),
                    own,
                    flows.get(index)));
            index++;
        }
        return groups;
    }

    /** Returns for each group that runs along an axis the unit of each index. */
    private Map<Integer, int[]> along(Axis axis, int[] groupOf, int[] unitOf) {
        var along = new LinkedHashMap<Integer, int[]>();
        var all = live(axis);
        int last = NONE;
        var units = new int[0];
        for (int i = 0; i < all.length; i++) {
            for (int leaf : labels.leaves(all[i])) {
                int group = groupOf[leaf];
                if (group == NONE) {
                    continue;
                }
                if (group != last) {
                    units = along.computeIfAbsent(group, _ -> {
                        var none = new int[all.length];
                        Arrays.fill(none, NONE);
                        return none;
                    });
                    last = group;
                }
                units[i] = unitOf[leaf];
            }
        }
        return along;
    }

    private Member member(Origin origin, int[] unitOf) {
        @Nullable Tensor stored = coupler.constants().get(origin.constant());
        var shape = stored != null
                ? stored.dims()
                : coupler.values().getOrDefault(origin.constant(), List.of()).stream()
                        .map(axis -> axis.isStatic() ? (long) axis.length() : 0L)
                        .toList();
        return new Member(
                origin.constant(),
                origin.use(),
                users.getOrDefault(origin.constant(), List.of()),
                shape,
                origin.axis(),
                coupler.isRead(origin),
                unitOf);
    }

    /** Names the groups; those that can be cut choose first. */
    private static List<String> names(Set<Key> keys, List<List<Member>> members) {
        var names = new String[members.size()];
        var taken = new HashSet<String>();
        for (boolean blocked : new boolean[] {false, true}) {
            int index = 0;
            for (var key : keys) {
                if (key.blocked() == blocked) {
                    names[index] = name(members.get(index), taken);
                }
                index++;
            }
        }
        return List.of(names);
    }

    private static String name(List<Member> members, Set<String> taken) {
        var first = members.stream()
                .filter(member -> member.isMatrix() && !member.reads())
                .findFirst()
                .or(() -> members.stream().filter(Member::isMatrix).findFirst())
                .orElse(members.getFirst())
                .constant();
        var name = first;
        for (int i = 2; !taken.add(name); i++) {
            name = first + "#" + i;
        }
        return name;
    }

    private List<Reason> reasons(int[] leaves) {
        var reasons = new ArrayList<Reason>();
        for (int leaf : leaves) {
            var reason = labels.reason(leaf);
            if (reason != null && !reasons.contains(reason)) {
                reasons.add(reason);
            }
        }
        return reasons;
    }
}
