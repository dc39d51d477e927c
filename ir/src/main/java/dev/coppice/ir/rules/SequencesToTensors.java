package dev.coppice.ir.rules;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.edit.FreshNames;
import dev.coppice.ir.edit.GraphEditor;
import dev.coppice.ir.eval.Tensors;
import dev.coppice.ir.shape.ShapeInference;
import dev.coppice.ir.shape.Shapes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Writes sequences whose elements are known without them: SplitToSequence becomes Split, ConcatFromSequence Concat, and SequenceAt the
 * element. A sequence stays that is handed to another operator, to a body or out of the model, or whose length or positions are computed
 * while the model runs.
 */
public final class SequencesToTensors {

    private static final Set<String> MAKERS = Set.of("SequenceConstruct", "SequenceEmpty", "SplitToSequence");
    private static final Set<String> CHANGERS = Set.of("SequenceInsert", "SequenceErase", "Identity");
    private static final Set<String> READERS = Set.of("SequenceAt", "SequenceLength", "ConcatFromSequence");

    /** More parts than any model takes apart one by one. */
    private static final int LONGEST = 4096;

    private final Model model;
    private final Graph graph;
    private final Shapes shapes;
    private final FreshNames names;
    private final Map<String, List<String>> elements = new HashMap<>();
    private final List<Tensor> constants = new ArrayList<>();

    private SequencesToTensors(Model model) {
        this.model = model;
        this.graph = model.graph();
        this.shapes = ShapeInference.infer(model);
        this.names = FreshNames.ofValues(graph);
    }

    /** Returns a model that computes the same with fewer sequences; the model itself when it has none that can go. */
    public static Model apply(Model model) {
        return model.graph().nodes().stream().anyMatch(node -> node.isStandard() && MAKERS.contains(node.opType()))
                ? new SequencesToTensors(model).written()
                : model;
    }

    private Model written() {
        graph.nodes().forEach(this::follow);
        keepUsedOtherwise();
        if (elements.isEmpty()) {
            return model;
        }
        return model.withGraph(GraphEditor.edit(graph, editor -> {
            for (var node : graph.nodes()) {
                if (elements.containsKey(node.output(0))) {
                    editor.replace(node, made(node));
                } else if (isRead(node)) {
                    editor.replace(node, read(node));
                }
            }
            constants.forEach(editor::put);
        }));
    }

    /** Notes the elements of a sequence that a node makes, where they are known. */
    private void follow(Node node) {
        if (!node.isStandard()) {
            return;
        }
        var before = elements.get(node.input(0));
        switch (node.opType()) {
            case "SequenceEmpty" -> elements.put(node.output(0), List.of());
            case "SequenceConstruct" -> elements.put(node.output(0), node.inputs());
            case "SplitToSequence" ->
                sizes(node).ifPresent(sizes -> {
                    var parts = new ArrayList<String>();
                    for (int i = 0; i < sizes.length; i++) {
                        parts.add(names.of(node.output(0) + "." + i));
                    }
                    elements.put(node.output(0), parts);
                });
            case "Identity" -> {
                if (before != null) {
                    elements.put(node.output(0), before);
                }
            }
            case "SequenceInsert", "SequenceErase" -> {
                boolean inserts = node.opType().equals("SequenceInsert");
                int at = before == null ? -1 : position(node, inserts ? 2 : 1, before.size(), inserts);
                if (before != null && at >= 0) {
                    var after = new ArrayList<>(before);
                    if (inserts) {
                        after.add(at, node.input(1));
                    } else {
                        after.remove(at);
                    }
                    elements.put(node.output(0), after);
                }
            }
            default -> {}
        }
    }

    /** Returns a constant position, the last one or the end when none is given; -1 when it is not known or not there. */
    private int position(Node node, int input, int size, boolean end) {
        int positions = end ? size + 1 : size;
        long at = positions - 1L;
        if (!node.input(input).isEmpty()) {
            var given = shapes.constant(node.input(input));
            if (given.isEmpty() || given.get().size() != 1) {
                return -1;
            }
            at = Elements.longs(given.get())[0];
            at = at < 0 ? at + size : at;
        }
        return at >= 0 && at < positions ? (int) at : -1;
    }

    /** Returns the sizes of the parts that a SplitToSequence makes; empty where they are not known. */
    private Optional<long[]> sizes(Node node) {
        var shape = shapes.shape(node.input(0));
        long axis = node.intAttribute("axis", 0);
        if (shape.isEmpty() || axis >= shape.get().rank() || axis < -shape.get().rank()) {
            return Optional.empty();
        }
        var dim = shape.get().dim((int) axis);
        var given = node.input(1).isEmpty()
                ? Optional.of(Tensors.ofLongs("", 1))
                : shapes.constant(node.input(1)).filter(tensor -> tensor.type().integral());
        if (given.isEmpty()) {
            return Optional.empty();
        }
        var asked = Elements.longs(given.get());
        boolean list = given.get().dims().size() == 1 && !node.input(1).isEmpty();
        if (list) {
            return asked.length > LONGEST ? Optional.empty() : Optional.of(asked);
        }
        if (!(dim instanceof Dim.Known(long size)) || asked[0] < 1 || size / asked[0] > LONGEST) {
            return Optional.empty();
        }
        var sizes = new long[(int) Math.ceilDiv(size, asked[0])];
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = Math.min(asked[0], size - i * asked[0]);
        }
        return Optional.of(sizes);
    }

    /** Forgets the sequences that something else than the operators written here uses, and those that these are made of or become. */
    private void keepUsedOtherwise() {
        boolean changed = true;
        while (changed) {
            var needed = new HashSet<String>();
            graph.outputs().forEach(output -> needed.add(output.name()));
            for (var node : graph.nodes()) {
                boolean own = node.isStandard()
                        && ((elements.containsKey(node.output(0)) && CHANGERS.contains(node.opType())) || isRead(node));
                var used = new ArrayList<>(node.uses());
                if (own) {
                    used.remove(node.input(0));
                }
                needed.addAll(used);
            }
            for (var node : graph.nodes()) {
                if (CHANGERS.contains(node.opType()) && !elements.containsKey(node.input(0))) {
                    needed.add(node.output(0));
                }
            }
            changed = elements.keySet().removeAll(needed);
        }
    }

    private boolean isRead(Node node) {
        var list = elements.get(node.input(0));
        if (list == null || !node.isStandard() || !READERS.contains(node.opType())) {
            return false;
        }
        return switch (node.opType()) {
            case "SequenceAt" -> !node.input(1).isEmpty() && position(node, 1, list.size(), false) >= 0;
            case "ConcatFromSequence" -> !list.isEmpty();
            default -> true;
        };
    }

    /** Returns what takes the place of a node that makes a sequence. */
    private Node[] made(Node node) {
        if (!node.opType().equals("SplitToSequence")) {
            return new Node[0];
        }
        var parts = elements.getOrDefault(node.output(0), List.of());
        var sizes = sizes(node).orElseThrow();
        boolean squeezes = node.input(1).isEmpty() && node.intAttribute("keepdims", 1) == 0;
        var whole =
                squeezes ? parts.stream().map(part -> names.of(part + ".kept")).toList() : parts;
        long axis = node.intAttribute("axis", 0);
        var nodes = new ArrayList<Node>();
        var split = new ArrayList<Attribute>(List.of(Attribute.of("axis", axis)));
        var inputs = new ArrayList<>(List.of(node.input(0)));
        if (model.opset() < 13) {
            split.add(
                    Attribute.of("split", java.util.Arrays.stream(sizes).boxed().toList()));
        } else {
            inputs.add(constant(node.output(0) + ".sizes", sizes));
        }
        nodes.add(new Node(node.name(), "Split", "", inputs, whole, split, node.carried()));
        for (int i = 0; squeezes && i < parts.size(); i++) {
            nodes.add(reshaped("Squeeze", whole.get(i), axis, parts.get(i)));
        }
        return nodes.toArray(Node[]::new);
    }

    private Node reshaped(String op, String from, long axis, String to) {
        return model.opset() < 13
                ? Node.of("", op, List.of(from), List.of(to), Attribute.of("axes", List.of(axis)))
                : Node.of("", op, List.of(from, constant(to + ".axis", axis)), List.of(to));
    }

    private String constant(String name, long... values) {
        var tensor = Tensors.ofLongs(names.of(name), values);
        constants.add(tensor);
        return tensor.name();
    }

    /** Returns what takes the place of a node that reads a sequence. */
    private Node[] read(Node node) {
        var list = elements.getOrDefault(node.input(0), List.of());
        var out = List.of(node.output(0));
        return switch (node.opType()) {
            case "SequenceAt" -> {
                var element = list.get(position(node, 1, list.size(), false));
                yield new Node[] {Node.of(node.name(), "Identity", List.of(element), out)};
            }
            case "SequenceLength" -> {
                var length = Tensors.ofLongs(dev.coppice.ir.DType.INT64, List.of(), new long[] {list.size()});
                yield new Node[] {Node.of(node.name(), "Constant", List.of(), out, Attribute.of("value", length))};
            }
            default -> joined(node, list);
        };
    }

    private Node[] joined(Node node, List<String> list) {
        long axis = node.intAttribute("axis", 0);
        var nodes = new ArrayList<Node>();
        var parts = new ArrayList<String>();
        for (var part : list) {
            if (node.intAttribute("new_axis", 0) == 0) {
                parts.add(part);
            } else {
                parts.add(names.of(part + ".added"));
                nodes.add(reshaped("Unsqueeze", part, axis, parts.getLast()));
            }
        }
        nodes.add(Node.of(node.name(), "Concat", parts, List.of(node.output(0)), Attribute.of("axis", axis)));
        return nodes.toArray(Node[]::new);
    }
}
