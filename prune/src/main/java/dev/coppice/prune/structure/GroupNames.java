package dev.coppice.prune.structure;

import dev.coppice.prune.Glob;
import dev.coppice.prune.group.Group;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The names by which users speak of a group. */
final class GroupNames {

    private GroupNames() {}

    /**
     * Returns the names of a group's weights and of their nodes.
     *
     * @param all those of weights that only read the units too: to keep such a weight as it is, the units must stay
     */
    static Set<String> of(Group group, boolean all) {
        var names = new HashSet<>(Set.of(group.name()));
        for (var member : group.members()) {
            if (all || !member.reads()) {
                names.add(member.constant());
                names.addAll(member.nodes());
            }
        }
        return names;
    }

    static boolean match(List<Glob> globs, Set<String> names) {
        return globs.stream().anyMatch(glob -> names.stream().anyMatch(glob::matches));
    }
}
