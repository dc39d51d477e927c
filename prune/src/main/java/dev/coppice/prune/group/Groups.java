package dev.coppice.prune.group;

import dev.coppice.ir.Malformed;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The dependency groups of a model: what must be removed together (Fang et al. 2023, DepGraph, section 3), found by letting every
 * operator declare how its axes couple.
 *
 * <pre>{@code
 * var groups = Groups.of(model);
 * var removal = groups.nothing();
 * removal.remove(groups.list().getFirst(), 3);
 * Model smaller = groups.cut(removal);
 * Model same = groups.mask(removal); // computes what the smaller one computes
 * }</pre>
 */
public final class Groups {

    private final Coupler coupler;
    private final List<Group> list;
    private final Sizes sizes;

    private Groups(Coupler coupler) {
        this.coupler = coupler;
        this.list = new Grouping(coupler).groups();
        this.sizes = new Sizes(coupler);
    }

    /** Finds the groups of a model; throws {@link dev.coppice.ir.BadModelException} when its shapes contradict each other. */
    public static Groups of(Model model) {
        return new Groups(Coupler.of(model));
    }

    /** Returns the operators that couple axes, those outside the standard domain as {@code com.microsoft::Gelu}; all others are opaque. */
    public static Set<String> operators() {
        return Couplings.operators();
    }

    /** Returns all groups, blocked ones too, in the order in which the graph makes them. */
    public List<Group> list() {
        return list;
    }

    public Model model() {
        return coupler.model();
    }

    /** Returns a removal of nothing. */
    public Removal nothing() {
        return new Removal(this);
    }

    /**
     * Returns the model without the removed units.
     *
     * @throws CutException when the result would not fit together; the model is unharmed
     */
    public Model cut(Removal removal) {
        return Cut.apply(coupler, removal.labels());
    }

    /** Returns the model with zeros where weights read the removed units; it computes what {@link #cut} does, unless a group is normalised. */
    public Model mask(Removal removal) {
        return Cut.mask(coupler, removal.labels());
    }

    /** Returns what share of a node's multiply-accumulates is left without the removed units. */
    public double macShare(Node node, Removal removal) {
        return Malformed.guard(node, "its share of the work", () -> sizes.macShare(node, removal.labels()));
    }

    /** Returns how many axes a value has; empty when that is not known. */
    public OptionalInt rank(String value) {
        return sizes.rank(value);
    }

    /**
     * Returns the indices of a value's axis that a removal leaves; empty when the axis is of unknown size or nothing of it can go.
     *
     * @param value name of an activation of the model
     */
    public Optional<int[]> left(String value, int axis, Removal removal) {
        return sizes.left(value, axis, removal.labels());
    }

    /**
     * Returns the indices that a removal leaves of each axis of a value that it makes shorter; empty when there is one of which they are
     * not known.
     *
     * @param value name of an activation of the model
     */
    public Optional<Map<Integer, List<Integer>>> left(String value, Removal removal) {
        return sizes.left(value, removal.labels());
    }

    /** Returns how many elements the stored matrices (constants with two axes or more) have without the removed units. */
    public long matrixSize(Removal removal) {
        return sizes.matrixSize(removal.labels());
    }

    /** Returns the units whose removal would leave some axis with nothing, group by group; empty when every axis keeps an index. */
    public List<Group> emptied(Removal removal) {
        return sizes.emptied(list, removal.labels());
    }
}
