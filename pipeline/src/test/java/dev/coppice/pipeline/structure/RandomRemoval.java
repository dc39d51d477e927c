package dev.coppice.pipeline.structure;

import dev.coppice.prune.group.Group;
import dev.coppice.prune.group.Groups;
import dev.coppice.prune.group.Removal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.random.RandomGenerator;

/** Removes random units of random groups, in random order, and leaves something of every axis. */
final class RandomRemoval {

    /** A draw may pass over every group. */
    private static final int TRIES = 4;

    private record Unit(Group group, int number) {}

    private RandomRemoval() {}

    /**
     * Draws a removal; it is empty when nothing can be removed.
     *
     * @param share the share of a group's units that go at most
     * @param normalised whether the groups are those that values are normalised over, or the others
     */
    static Removal draw(Groups groups, double share, boolean normalised, RandomGenerator random) {
        var removal = groups.nothing();
        for (int i = 0; i < TRIES && removal.isEmpty(); i++) {
            removal = once(groups, share, normalised, random);
        }
        return removal;
    }

    private static Removal once(Groups groups, double share, boolean normalised, RandomGenerator random) {
        var units = new ArrayList<Unit>();
        for (var group : prunable(groups, normalised)) {
            if (random.nextInt(4) == 0) {
                continue;
            }
            double own = share * random.nextDouble();
            int before = units.size();
            for (int i = 0; i < group.width(); i++) {
                if (random.nextDouble() < own) {
                    units.add(new Unit(group, i));
                }
            }
            if (units.size() == before) {
                units.add(new Unit(group, random.nextInt(group.width())));
            }
        }
        Collections.shuffle(units, java.util.Random.from(random));
        var removal = groups.nothing();
        units.forEach(unit -> removal.remove(unit.group(), unit.number()));
        restore(groups, removal, random);
        return removal;
    }

    /** Returns the groups that nothing blocks and of which something can stay. */
    static List<Group> prunable(Groups groups, boolean normalised) {
        return groups.list().stream()
                .filter(group -> group.blocked().isEmpty() && group.normalised() == normalised)
                .toList();
    }

    /** Takes units back until no axis is empty. */
    private static void restore(Groups groups, Removal removal, RandomGenerator random) {
        for (var emptied = groups.emptied(removal); !emptied.isEmpty(); emptied = groups.emptied(removal)) {
            boolean restored = false;
            for (var group : emptied) {
                var gone = new ArrayList<Integer>();
                for (int i = 0; i < group.width(); i++) {
                    if (removal.isRemoved(group, i)) {
                        gone.add(i);
                    }
                }
                if (!gone.isEmpty()) {
                    removal.restore(group, gone.get(random.nextInt(gone.size())));
                    restored = true;
                }
            }
            if (!restored) {
                throw new LawViolation("an axis is empty without a removal: " + emptied);
            }
        }
    }
}
