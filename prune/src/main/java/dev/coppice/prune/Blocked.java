package dev.coppice.prune;

import java.util.List;

/**
 * A constant weight that cannot be pruned.
 *
 * @param node label of the node that uses it
 * @param op operator of that node
 * @param reason what is in the way, and what to do about it where something can be done
 * @param aliases names by which globs find it
 */
public record Blocked(String name, String node, String op, String reason, List<String> aliases) {

    public Blocked {
        aliases = List.copyOf(aliases);
    }
}
