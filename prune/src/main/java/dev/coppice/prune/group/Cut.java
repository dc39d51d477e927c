package dev.coppice.prune.group;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Malformed;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.edit.GraphEditor;
import dev.coppice.ir.rules.DropUnused;
import dev.coppice.ir.shape.ShapeInference;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** Carries a removal out: constants become smaller or get zeros, nodes get parameters that fit. */
final class Cut {

    private final Coupler coupler;
    private final Graph graph;
    private final BitSet removed;
    private final boolean zeros;
    private final Set<String> names = new HashSet<>();
    private final Map<String, Node> producers = new HashMap<>();
    private final ReadWeights weights;
    private final Map<String, Tensor> replaced = new HashMap<>();
    private final Map<String, Map<Coupler.Use, String>> copies = new HashMap<>();
    private final List<Tensor> added = new ArrayList<>();

    private Cut(Coupler coupler, BitSet removed, boolean zeros) {
        this.coupler = coupler;
        this.graph = coupler.model().graph();
        this.removed = removed;
        this.zeros = zeros;
        names.addAll(coupler.values().keySet());
        for (var node : graph.nodes()) {
            node.outputs().forEach(output -> producers.put(output, node));
        }
        names.addAll(producers.keySet());
        this.weights = new ReadWeights(coupler);
    }

    /** Returns the model without some labels; throws {@link CutException} when the result would not fit together. */
    static Model apply(Coupler coupler, BitSet removed) {
        if (removed.isEmpty()) {
            return coupler.model();
        }
        var cut = new Cut(coupler, removed, false);
        var model = coupler.model().withGraph(DropUnused.apply(cut.graph()));
        cut.check(model);
        return model;
    }

    /** Returns the model with zeros where weights read some labels. */
    static Model mask(Coupler coupler, BitSet removed) {
        return removed.isEmpty() ? coupler.model() : coupler.model().withGraph(new Cut(coupler, removed, true).graph());
    }

    @SuppressWarnings("ReferenceEquality") // unchanged is the same object
    private Graph graph() {
        coupler.constants().forEach(this::constant);
        return GraphEditor.edit(graph, editor -> {
            boolean asNodes = graph.initializers().isEmpty() || listedAsInputs();
            for (var node : graph.nodes()) {
                var nodes = nodes(node, asNodes);
                if (nodes.size() != 1 || nodes.getFirst() != node) {
                    editor.replace(node, nodes.toArray(Node[]::new));
                }
            }
            for (var tensor : graph.initializers()) {
                var other = replaced.get(tensor.name());
                if (other != null) {
                    editor.put(other);
                }
            }
            added.forEach(editor::put);
            if (!zeros) {
                coupler.values().forEach((name, axes) -> {
                    if (axes.stream().anyMatch(axis -> Sizes.isShortened(coupler.labels(), axis, removed))) {
                        forget(editor, name);
                    }
                });
            }
        });
    }

    /** Drops what is declared of a value, but for the element type where only the model says it: other domains' outputs may be of several. */
    private void forget(GraphEditor editor, String value) {
        var producer = producers.get(value);
        if (producer == null || producer.isStandard()) {
            editor.forgetType(value);
        } else {
            editor.forgetShape(value);
        }
    }

    private boolean listedAsInputs() {
        var inputs = new HashSet<String>();
        graph.inputs().forEach(input -> inputs.add(input.name()));
        return graph.initializers().stream().allMatch(tensor -> inputs.contains(tensor.name()));
    }

    /** Makes the smaller or masked versions of a constant: one, or one for each way in which its users need it. */
    @SuppressWarnings("ReferenceEquality") // unchanged is the same object
    private void constant(String name, Tensor tensor) {
        var uses = coupler.uses().get(name);
        if (uses == null) {
            var smaller = version(tensor, 0);
            if (smaller != tensor) {
                replaced.put(name, smaller);
            }
            return;
        }
        var byPositions = new HashMap<List<BitSet>, String>();
        for (var use : uses) {
            var gone = gone(tensor, use.number());
            if (gone.stream().allMatch(BitSet::isEmpty)) {
                byPositions.putIfAbsent(gone, name);
            }
        }
        boolean whole = !byPositions.isEmpty() || usedElsewhere(name);
        for (var use : uses) {
            var copy = byPositions.computeIfAbsent(gone(tensor, use.number()), _ -> {
                var version = version(tensor, use.number());
                // The first version takes the constant's own name, unless someone still needs it as it is.
                if (!whole && !replaced.containsKey(name)) {
                    replaced.put(name, version);
                    return name;
                }
                var other = fresh(name + ".part");
                added.add(version.withName(other));
                return other;
            });
            copies.computeIfAbsent(name, _ -> new HashMap<>()).put(use, copy);
        }
    }

    private boolean usedElsewhere(String name) {
        return graph.outputs().stream().anyMatch(output -> output.name().equals(name))
                || graph.nodes().stream()
                        .anyMatch(node -> node.bodies().stream().anyMatch(body -> mentions(body, name)));
    }

    private static boolean mentions(Graph body, String name) {
        return body.nodes().stream().anyMatch(node -> node.uses().contains(name))
                || body.outputs().stream().anyMatch(output -> output.name().equals(name));
    }

    /** Returns the indices that go, axis by axis. */
    private List<BitSet> gone(Tensor tensor, int use) {
        return IntStream.range(0, tensor.dims().size())
                .mapToObj(axis -> gone(new Origin(tensor.name(), use, axis)))
                .toList();
    }

    private BitSet gone(Origin origin) {
        var axis = coupler.origins().get(origin);
        return axis == null || (zeros && !weights.isStored(origin))
                ? new BitSet()
                : Sizes.removed(coupler.labels(), axis, removed);
    }

    private Tensor version(Tensor tensor, int use) {
        var gone = gone(tensor, use);
        if (gone.stream().allMatch(BitSet::isEmpty)) {
            return tensor;
        }
        return zeros ? tensor.masked(Parts.mask(tensor, gone)) : Parts.without(tensor, gone);
    }

    @SuppressWarnings("ReferenceEquality") // one node is one object in a graph
    private List<Node> nodes(Node node, boolean asNodes) {
        if (node.is("Constant")) {
            var other = replaced.get(node.output(0));
            return List.of(other == null ? node : node.withAttribute(Attribute.of("value", other.withName(""))));
        }
        var rewriting = new Rewriting(node, coupler, removed, producers, this::fresh);
        var before = new ArrayList<Node>();
        if (zeros) {
            for (var masking : weights.maskings(node, removed, this::fresh)) {
                rewriting.mask(masking);
                before.add(masking.node());
            }
        } else {
            coupler.rewrites()
                    .getOrDefault(node, List.of())
                    .forEach(rewrite -> Malformed.guard(node, "how it follows a cut", () -> rewrite.apply(rewriting)));
        }
        for (int i = 0; i < node.inputs().size(); i++) {
            for (var copy : copies.getOrDefault(node.input(i), Map.of()).entrySet()) {
                if (copy.getKey().node() == node && copy.getKey().operand() == i) {
                    rewriting.rename(i, copy.getValue());
                }
            }
        }
        var nodes = before;
        nodes.addAll(rewriting.nodes());
        if (nodes.size() == 1 && nodes.getFirst().equals(node)) {
            return List.of(node);
        }
        return withConstants(nodes, rewriting.constants(), asNodes);
    }

    /** Puts new constants where the model keeps its own. */
    private List<Node> withConstants(List<Node> nodes, List<Tensor> constants, boolean asNodes) {
        if (!asNodes) {
            added.addAll(constants);
            return nodes;
        }
        var all = new ArrayList<Node>();
        constants.forEach(tensor -> all.add(constantNode(tensor)));
        var own = new ArrayList<Tensor>();
        for (var tensor : added) {
            if (nodes.stream().anyMatch(node -> node.inputs().contains(tensor.name()))) {
                all.add(constantNode(tensor));
                own.add(tensor);
            }
        }
        added.removeAll(own);
        all.addAll(nodes);
        return all;
    }

    private static Node constantNode(Tensor tensor) {
        return Node.of("", "Constant", List.of(), List.of(tensor.name()), Attribute.of("value", tensor.withName("")));
    }

    private String fresh(String name) {
        var unused = name;
        for (int i = 2; !names.add(unused); i++) {
            unused = name + "." + i;
        }
        return unused;
    }

    /** Infers the cut model's shapes and compares them with what is left of every axis. */
    private void check(Model model) {
        dev.coppice.ir.shape.Shapes shapes;
        try {
            shapes = ShapeInference.infer(model);
        } catch (BadModelException e) {
            throw new CutException("the cut model would contradict itself: " + e.getMessage());
        }
        for (var node : model.graph().nodes()) {
            for (var name : node.outputs()) {
                var axes = coupler.values().get(name);
                var shape = shapes.shape(name);
                if (axes == null || shape.isEmpty() || name.isEmpty() || node.is("Constant")) {
                    continue;
                }
                for (int i = 0; i < Math.min(axes.size(), shape.get().rank()); i++) {
                    check(node, axes.get(i), shape.get().dim(i));
                }
            }
        }
    }

    private void check(Node node, Axis axis, Dim dim) {
        if (axis.isStatic() && dim instanceof Dim.Known(long size)) {
            int expected = axis.factors().getFirst() instanceof Factor.Live(int[] live)
                    ? Sizes.kept(coupler.labels(), live, removed)
                    : axis.length();
            if (size != expected) {
                throw new CutException("node '%s' (%s) would put out an axis of %d instead of %d"
                        .formatted(node.label(), node.opType(), size, expected));
            }
        }
    }
}
