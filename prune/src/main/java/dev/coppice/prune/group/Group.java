package dev.coppice.prune.group;

import java.util.List;

/**
 * Units that must each be removed everywhere at once: channels, neurons, heads, hidden units. Unit {@code u} of a group is the same
 * thing in all its members.
 */
public final class Group {

    private final int index;
    private final String name;
    private final int[] labels;
    private final Traits traits;
    private final List<Member> members;
    private final List<Flow> flows;

    /**
     * What holds for all units.
     *
     * @param head whether products of activations are computed for each unit by itself, as attention heads are
     * @param normalised whether values are normalised over the units, so that the others change when one goes
     * @param blocked what keeps the units from being removed; empty when nothing does
     */
    public record Traits(boolean head, boolean normalised, List<Reason> blocked) {
        public Traits {
            blocked = List.copyOf(blocked);
        }
    }

    Group(int index, String name, int[] labels, Traits traits, List<Member> members, List<Flow> flows) {
        this.index = index;
        this.name = name;
        this.labels = labels;
        this.traits = traits;
        this.members = List.copyOf(members);
        this.flows = List.copyOf(flows);
    }

    /** Returns the number of this group among all of its model. */
    public int index() {
        return index;
    }

    /** Returns the name of the weight that produces the units; unique in the model. */
    public String name() {
        return name;
    }

    /** Returns the number of units. */
    public int width() {
        return labels.length;
    }

    public boolean head() {
        return traits.head();
    }

    public boolean normalised() {
        return traits.normalised();
    }

    public List<Reason> blocked() {
        return traits.blocked();
    }

    public List<Member> members() {
        return members;
    }

    /** Returns where the activations of the units are read. */
    public List<Flow> flows() {
        return flows;
    }

    int[] labels() {
        return labels;
    }

    @Override
    public String toString() {
        return name + " x" + width();
    }
}
