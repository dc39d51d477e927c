package dev.coppice.prune.group;

import dev.coppice.ir.Dim;
import dev.coppice.ir.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Looks after the places that MaxPool finds. They are numbered through the whole input, batch and channels included, so that the numbers are
 * others when a channel goes: only un-pooling to the shape that was pooled does not tell. Whatever else reads them keeps all channels.
 */
final class PoolingPlaces {

    private static final String NUMBERED = "is counted by the indices of the pooling that are read as numbers in";

    private final Coupler coupler;
    private final Map<String, List<Node>> readers = new HashMap<>();

    private PoolingPlaces(Coupler coupler) {
        this.coupler = coupler;
        for (var node : coupler.model().graph().nodes()) {
            node.uses().stream().distinct().forEach(value -> readers.computeIfAbsent(value, _ -> new ArrayList<>())
                    .add(node));
        }
    }

    static void check(Coupler coupler) {
        var nodes = coupler.model().graph().nodes();
        if (nodes.stream().noneMatch(PoolingPlaces::numbers)) {
            return;
        }
        var places = new PoolingPlaces(coupler);
        for (var node : nodes) {
            if (numbers(node)) {
                places.follow(node, node.output(1));
            }
        }
    }

    private static boolean numbers(Node node) {
        return node.is("MaxPool") && !node.output(1).isEmpty();
    }

    private void follow(Node pool, String places) {
        for (var reader : readers.getOrDefault(places, List.of())) {
            if (reader.is("Identity")) {
                follow(pool, reader.output(0));
            } else if (!reader.is("Shape") && !reader.is("Size") && !undoes(reader, pool, places)) {
                var why = new Reason(reader.label(), reader.opType(), NUMBERED);
                coupler.values().getOrDefault(places, List.of()).forEach(axis -> coupler.block(axis, why));
            }
        }
    }

    /** Says whether a node writes what was pooled back into the shape that it was pooled from. */
    private boolean undoes(Node node, Node pool, String places) {
        if (!node.is("MaxUnpool") || node.input(0).equals(places)) {
            return false;
        }
        var from = coupler.shapes().shape(pool.input(0));
        var to = coupler.shapes().shape(node.output(0));
        if (from.isEmpty() || to.isEmpty() || from.get().rank() != to.get().rank()) {
            return false;
        }
        for (int axis = 1; axis < from.get().rank(); axis++) {
            Dim dim = from.get().dim(axis);
            if (!dim.isIdentified() || !dim.equals(to.get().dim(axis))) {
                return false;
            }
        }
        return true;
    }
}
