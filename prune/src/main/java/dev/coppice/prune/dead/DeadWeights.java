package dev.coppice.prune.dead;

import dev.coppice.ir.Model;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.host.Parallel;
import dev.coppice.prune.group.CutException;
import dev.coppice.prune.group.Group;
import dev.coppice.prune.group.Groups;
import dev.coppice.prune.group.Removal;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Weights that are not zero and still cannot influence an output, because whatever they are multiplied with is always zero or nothing
 * reads what they produce: counted, which tells effective from direct sparsity (Vysogorets and Kempe 2023, "Connectivity Matters: Neural
 * Network Pruning Through the Lens of Effective Sparsity", JMLR 24(99)), and removed, exactly.
 */
public final class DeadWeights {

    private DeadWeights() {}

    /**
     * A model without dead weight.
     *
     * @param removed what went, group by group in the order of the graph; empty when the model is the one that was given
     */
    public record Eliminated(Model model, List<Removed> removed) {
        public Eliminated {
            removed = List.copyOf(removed);
        }
    }

    /**
     * How many units of a group went.
     *
     * @param name of the weight that produces the units
     * @param node label of the first node that uses it
     * @param before units of the group in the model that was given
     */
    public record Removed(String name, String node, boolean head, int before, int after) {}

    /**
     * Counts the non-zero elements of a model's floating-point constants that cannot influence an output. Takes a fraction of the time
     * that reading the weights takes when no channel is empty.
     *
     * @param known what is known of constants that the model may share with others; what is found is added
     * @throws dev.coppice.ir.BadModelException when the model's shapes contradict each other
     */
    public static long ineffective(Model model, FullConstants known, Parallel parallel) {
        var stored = new Stored(model);
        if (!EmptyChannels.in(model, stored, known, parallel)) {
            return 0;
        }
        var folding = new Folding(model, stored);
        var zeros = folding.zeros();
        var read = zeros.isEmpty() ? model : folding.masked(zeros);
        var masked = zeros.isEmpty() ? stored : new Stored(read);
        var parts = new DeadUnits(Groups.of(read), masked, parallel).parts();
        var affected = stored.tensors().values().stream()
                .filter(tensor -> parts.containsKey(tensor.name()) || isOther(tensor, masked))
                .toList();
        var counts = parallel.map(
                affected,
                tensor -> Occupancy.count(tensor, List.of())
                        - Occupancy.count(
                                masked.tensors().getOrDefault(tensor.name(), tensor),
                                parts.getOrDefault(tensor.name(), List.of())));
        return counts.stream().mapToLong(Long::longValue).sum();
    }

    private static boolean isOther(Tensor tensor, Stored masked) {
        var other = masked.get(tensor.name());
        return other != null && !other.data().equals(tensor.data());
    }

    /**
     * Removes units that nothing reads, and those whose value is the same for every input: the value goes into the biases of those that
     * read it. The result computes what the model does, to rounding. One unit of every axis stays; what is normalised over, or what a
     * node blocks, stays too.
     *
     * @throws dev.coppice.ir.BadModelException when the model's shapes contradict each other
     */
    public static Eliminated eliminate(Model model, Parallel parallel) {
        var removed = new LinkedHashMap<String, Removed>();
        var now = model;
        while (EmptyChannels.in(now, new Stored(now), new FullConstants(), parallel)) {
            var folded = folded(now, parallel);
            var groups = Groups.of(folded);
            var removal = new DeadUnits(groups, new Stored(folded), parallel).removal();
            keepOne(groups, removal);
            var smaller = removal.isEmpty() ? folded : cut(groups, removal);
            if (removal.isEmpty()) {
                break;
            }
            for (var group : groups.list()) {
                if (removal.kept(group) < group.width()) {
                    removed.merge(group.name(), removed(group, removal), DeadWeights::joined);
                }
            }
            now = smaller;
        }
        return new Eliminated(now, new ArrayList<>(removed.values()));
    }

    private static Removed removed(Group group, Removal removal) {
        var nodes = group.members().stream()
                .filter(member -> group.name().startsWith(member.constant()))
                .flatMap(member -> member.nodes().stream());
        return new Removed(
                group.name(), nodes.findFirst().orElse(""), group.head(), group.width(), removal.kept(group));
    }

    private static Removed joined(Removed first, Removed later) {
        return new Removed(first.name(), first.node(), first.head(), first.before(), later.after());
    }

    /** Takes constant channels out of the products that read them, where that lets their units go. */
    private static Model folded(Model model, Parallel parallel) {
        var folding = new Folding(model, new Stored(model));
        if (folding.isEmpty()) {
            return model;
        }
        var channels = folding.channels();
        var masked = folding.masked(channels);
        var groups = Groups.of(masked);
        var dead = new DeadUnits(groups, new Stored(masked), parallel).removal();
        keepOne(groups, dead);
        var gone = new HashMap<String, BitSet>();
        for (var group : groups.list()) {
            for (var flow : group.flows()) {
                var own = channels.getOrDefault(flow.node().output(0), new BitSet());
                IntStream.range(0, flow.unitOf().length)
                        .filter(i -> own.get(i) && flow.unitOf()[i] >= 0 && dead.isRemoved(group, flow.unitOf()[i]))
                        .forEach(i -> gone.computeIfAbsent(flow.node().output(0), _ -> new BitSet())
                                .set(i));
            }
        }
        return gone.isEmpty() ? model : folding.folded(gone);
    }

    private static void keepOne(Groups groups, Removal removal) {
        for (var emptied = groups.emptied(removal); !emptied.isEmpty(); emptied = groups.emptied(removal)) {
            int before = removed(groups, removal);
            for (var group : emptied) {
                IntStream.range(0, group.width())
                        .filter(unit -> removal.isRemoved(group, unit))
                        .findFirst()
                        .ifPresent(unit -> removal.restore(group, unit));
            }
            if (removed(groups, removal) == before) {
                throw new IllegalStateException("an axis is empty of which nothing was removed");
            }
        }
    }

    private static int removed(Groups groups, Removal removal) {
        return groups.list().stream()
                .mapToInt(group -> group.width() - removal.kept(group))
                .sum();
    }

    /** Cuts a removal, without the groups to which some node cannot be fitted: they are taken back. */
    private static Model cut(Groups groups, Removal removal) {
        try {
            return groups.cut(removal);
        } catch (CutException _) {
            for (var group : groups.list()) {
                if (removal.kept(group) < group.width() && !fits(groups, alone(groups, group, removal))) {
                    takeBack(group, removal);
                }
            }
        }
        if (!fits(groups, removal)) {
            groups.list().forEach(group -> takeBack(group, removal));
        }
        return groups.cut(removal);
    }

    private static void takeBack(Group group, Removal removal) {
        IntStream.range(0, group.width()).forEach(unit -> removal.restore(group, unit));
    }

    private static Removal alone(Groups groups, Group group, Removal removal) {
        var alone = groups.nothing();
        IntStream.range(0, group.width())
                .filter(unit -> removal.isRemoved(group, unit))
                .forEach(unit -> alone.remove(group, unit));
        return alone;
    }

    private static boolean fits(Groups groups, Removal removal) {
        try {
            groups.cut(removal);
            return true;
        } catch (CutException _) {
            return false;
        }
    }
}
