package dev.coppice.prune.group;

import java.util.Arrays;
import java.util.BitSet;

/** Which units of which groups go. Mutable while it is being chosen; not thread-safe. */
public final class Removal {

    private final Groups groups;
    private final BitSet[] removed;

    Removal(Groups groups) {
        this.groups = groups;
        this.removed = new BitSet[groups.list().size()];
        Arrays.setAll(removed, _ -> new BitSet());
    }

    /** Removes a unit; throws {@link IllegalArgumentException} when the group is blocked or has no such unit. */
    public void remove(Group group, int unit) {
        if (!group.blocked().isEmpty() || unit < 0 || unit >= group.width()) {
            throw new IllegalArgumentException("unit " + unit + " of " + group.name() + " cannot be removed");
        }
        removed[group.index()].set(unit);
    }

    /** Takes a removal back. */
    public void restore(Group group, int unit) {
        removed[group.index()].clear(unit);
    }

    public boolean isRemoved(Group group, int unit) {
        return removed[group.index()].get(unit);
    }

    /** Returns how many units of a group are left. */
    public int kept(Group group) {
        return group.width() - removed[group.index()].cardinality();
    }

    public boolean isEmpty() {
        return Arrays.stream(removed).allMatch(BitSet::isEmpty);
    }

    public Removal copy() {
        var copy = new Removal(groups);
        for (int i = 0; i < removed.length; i++) {
            copy.removed[i].or(removed[i]);
        }
        return copy;
    }

    /** Returns the labels of what is removed. */
    BitSet labels() {
        var labels = new BitSet();
        for (var group : groups.list()) {
            removed[group.index()].stream().forEach(unit -> labels.set(group.labels()[unit]));
        }
        return labels;
    }
}
