package dev.coppice.prune.group;

import dev.coppice.ir.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Looks after sizes that the model computes with. A target of Reshape that is made of a Shape follows a cut by itself; but a size
 * that becomes data (a square root of the width that scales attention, positions counted up) would make the model compute
 * something else: such a size is written down as it was, or the axes whose size it is are blocked.
 */
final class SizeUses {

    /** Operators that only hand sizes on, or calculate with them. */
    private static final Set<String> ARITHMETIC = Set.of(
            "Add",
            "Cast",
            "Concat",
            "Div",
            "Equal",
            "Expand",
            "Gather",
            "Greater",
            "Identity",
            "Less",
            "Max",
            "Min",
            "Mod",
            "Mul",
            "Neg",
            "ReduceProd",
            "Reshape",
            "Slice",
            "Split",
            "Squeeze",
            "Sub",
            "Transpose",
            "Unsqueeze",
            "Where",
            "Ceil",
            "Floor");

    /** For each operator that takes sizes, from which operand on. */
    private static final Map<String, Integer> CONSUMERS = Map.ofEntries(
            Map.entry("ConstantOfShape", 0),
            Map.entry("Expand", 1),
            Map.entry("MaxUnpool", 2),
            Map.entry("Pad", 1),
            Map.entry("Reshape", 1),
            Map.entry("Resize", 1),
            Map.entry("Slice", 1),
            Map.entry("Split", 1),
            Map.entry("Tile", 1),
            Map.entry("Upsample", 1));

    private final Coupler coupler;

    /** For each value that depends on sizes, the axes whose sizes they are. */
    private final Map<String, List<Axis>> sizes = new HashMap<>();

    private SizeUses(Coupler coupler) {
        this.coupler = coupler;
    }

    static void check(Coupler coupler) {
        var uses = new SizeUses(coupler);
        coupler.model().graph().nodes().forEach(uses::follow);
        coupler.sizes(uses.sizes);
    }

    private void follow(Node node) {
        if (node.is("Shape")) {
            var axes = coupler.values().getOrDefault(node.input(0), List.of());
            int rank = axes.size();
            int from = clamp(node.intAttribute("start", 0), rank);
            int to = Math.max(from, clamp(node.intAttribute("end", rank), rank));
            put(node.output(0), axes.subList(from, to));
            return;
        }
        if (node.is("Size")) {
            put(node.output(0), coupler.values().getOrDefault(node.input(0), List.of()));
            return;
        }
        for (int i = 0; i < node.inputs().size(); i++) {
            var axes = sizes.get(node.input(i));
            if (axes == null) {
                continue;
            }
            if (node.isStandard() && i >= CONSUMERS.getOrDefault(node.opType(), Integer.MAX_VALUE)) {
                if (node.is("Tile") && coupler.shapes().constant(node.input(i)).isEmpty()) {
                    block(node, axes); // that often may be the size divided by what is cut, as the heads of a batch of
                    // heads
                }
                continue;
            }
            if (node.isStandard() && ARITHMETIC.contains(node.opType()) && countsOn(node)) {
                node.outputs().forEach(output -> put(output, selected(node, axes)));
            } else {
                freeze(node, i, axes);
            }
        }
    }

    /** A size that becomes data keeps the value that it has, where that is known; otherwise what it is the size of must stay. */
    private void freeze(Node node, int input, List<Axis> axes) {
        var known = coupler.shapes().constant(node.input(input));
        if (known.isEmpty()) {
            block(node, axes);
            return;
        }
        coupler.onCut(node, cut -> {
            if (cut.moved(input)) {
                cut.freeze(input, known.get());
            }
        });
    }

    private static int clamp(long position, int rank) {
        return Math.clamp(position < 0 ? position + rank : position, 0, rank);
    }

    /** Says whether the outcome is still a whole number: a size that is cast to a fraction is data. */
    private boolean countsOn(Node node) {
        return coupler.shapes()
                .type(node.output(0))
                .map(type -> type.integral())
                .orElse(false);
    }

    private void put(String value, List<Axis> axes) {
        if (!value.isEmpty() && axes.stream().anyMatch(Axis::isLive)) {
            var all = new ArrayList<>(sizes.getOrDefault(value, List.of()));
            all.addAll(axes);
            sizes.put(value, all);
        }
    }

    /** Returns the sizes that a Gather or Slice takes of a whole shape; all for other operators. */
    private List<Axis> selected(Node node, List<Axis> axes) {
        var places = coupler.shapes().constant(node.input(1)).map(dev.coppice.ir.Elements::longs);
        boolean whole = coupler.shapes()
                .shape(node.input(0))
                .map(shape -> shape.rank() == 1 && shape.dim(0).is(axes.size()))
                .orElse(false);
        if (!whole || places.isEmpty()) {
            return axes;
        }
        if (node.is("Gather")) {
            var taken = new ArrayList<Axis>();
            for (long place : places.get()) {
                long at = place < 0 ? place + axes.size() : place;
                if (at < 0 || at >= axes.size()) {
                    return axes;
                }
                taken.add(axes.get((int) at));
            }
            return taken;
        }
        var ends = coupler.shapes().constant(node.input(2)).map(dev.coppice.ir.Elements::longs);
        if (node.is("Slice")
                && ends.isPresent()
                && places.get().length == 1
                && node.input(4).isEmpty()) {
            int from = clamp(places.get()[0], axes.size());
            int to = Math.max(from, clamp(ends.get()[0], axes.size()));
            return IntStream.range(from, to).mapToObj(axes::get).toList();
        }
        return axes;
    }

    private void block(Node node, List<Axis> axes) {
        var why = new Reason(node.label(), node.opType(), "its size is computed with by");
        for (var axis : axes) {
            for (var factor : axis.factors()) {
                if (factor instanceof Factor.Live(int[] live)) {
                    for (int label : live) {
                        coupler.labels().block(label, why);
                    }
                }
            }
        }
    }
}
