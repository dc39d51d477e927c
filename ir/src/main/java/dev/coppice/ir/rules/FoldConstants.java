package dev.coppice.ir.rules;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.edit.GraphEditor;
import dev.coppice.ir.eval.ConstantEvaluator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Replaces nodes whose inputs are all constant by their results: {@code f(c) = c'}. The results keep the names of the values,
 * so no user of them changes. Constants and nodes that nothing uses any more go.
 *
 * <p>A result goes where the model keeps its constants: among the initializers, or into a Constant node when the model has no
 * initializers or lists them as graph inputs, as models of IR version 3 must.
 */
public final class FoldConstants {

    /** What a node costs in a file besides its constants: names and tags, a cautious guess in bytes. */
    private static final long NODE_BYTES = 32;

    /** Tensors up to this many elements are cheap enough to compute with whatever comes of it. */
    private static final long SMALL = 1024;

    /** Results up to this many elements are never out of proportion. */
    private static final long MODEST = 1 << 20;

    /** How many elements all results together may have beside those of a model's own constants. */
    private static final long ALL_MODEST = 1 << 23;

    private FoldConstants() {}

    /**
     * Folds every node where that does not make the model larger: a result may take no more bytes than the node and those of its
     * inputs that nothing else uses.
     */
    public static Graph fold(Graph graph) {
        var constants = new ConstantValues(graph);
        var uses = new UseCounts(graph);
        var folded = new HashSet<Node>();
        for (var node : graph.nodes()) {
            if (node.is("Constant") || !constants.allKnown(node) || isOutput(graph, node)) {
                continue;
            }
            long freedBytes = NODE_BYTES;
            for (var input : Set.copyOf(node.inputs())) {
                var tensor = constants.get(input);
                if (tensor != null && uses.onlyUser(input, node)) {
                    freedBytes += tensor.byteSize();
                }
            }
            // An element takes a byte at least: more of them than bytes come free are not worth computing.
            var outputs = constants.evaluate(node, Math.max(SMALL, freedBytes));
            if (bytes(outputs) <= freedBytes && !outputs.isEmpty()) {
                constants.add(outputs);
                folded.add(node);
            }
        }
        return replace(graph, folded, constants);
    }

    /**
     * Folds exactly the nodes that the named values need, even where that makes the model larger. A value stays as it is when it is
     * not constant, when {@linkplain ConstantEvaluator an operator not covered} makes it, or when it would be out of all proportion
     * to the model: larger than twice all constants together, or one of many that are larger than four times these.
     */
    public static Graph fold(Graph graph, Set<String> values) {
        var needed = new HashSet<>(values);
        for (var node : graph.nodes().reversed()) {
            if (node.outputs().stream().anyMatch(needed::contains)) {
                needed.addAll(node.inputs());
            }
        }
        var constants = new ConstantValues(graph);
        long limit = Math.max(MODEST, 2 * constants.elements());
        long room = Math.max(ALL_MODEST, 4 * constants.elements());
        var folded = new HashSet<Node>();
        for (var node : graph.nodes()) {
            boolean wanted = node.outputs().stream().anyMatch(needed::contains);
            if (wanted && !node.is("Constant") && constants.allKnown(node)) {
                var outputs = constants.evaluate(node, Math.min(limit, room));
                constants.add(outputs);
                room = Math.max(
                        0, room - outputs.stream().mapToLong(Tensor::size).sum());
                if (!outputs.isEmpty() && node.outputs().stream().anyMatch(values::contains)) {
                    folded.add(node);
                }
            }
        }
        return replace(graph, folded, constants);
    }

    private static long bytes(List<Tensor> tensors) {
        return tensors.stream().mapToLong(Tensor::byteSize).sum();
    }

    /** A graph output should stay the output of a node: not every runtime takes an initializer for one. */
    private static boolean isOutput(Graph graph, Node node) {
        return graph.outputs().stream().anyMatch(o -> node.outputs().contains(o.name()));
    }

    private static Graph replace(Graph graph, Set<Node> folded, ConstantValues constants) {
        if (folded.isEmpty()) {
            return graph;
        }
        boolean asNodes = graph.initializers().isEmpty() || constants.listedAsInputs();
        var used = new HashSet<String>();
        graph.outputs().forEach(o -> used.add(o.name()));
        return GraphEditor.edit(graph, e -> {
            for (var node : graph.nodes().reversed()) {
                boolean dead = node.outputs().stream().noneMatch(used::contains);
                if (dead && constants.computable(node)) {
                    e.remove(node);
                } else if (folded.contains(node)) {
                    var results = node.outputs().stream()
                            .filter(used::contains)
                            .map(constants::known)
                            .toList();
                    if (asNodes) {
                        e.replace(
                                node,
                                results.stream()
                                        .map(FoldConstants::constantNode)
                                        .toArray(Node[]::new));
                    } else {
                        e.remove(node);
                        results.forEach(e::put);
                    }
                } else {
                    used.addAll(node.uses());
                }
            }
        });
    }

    private static Node constantNode(Tensor tensor) {
        return Node.of("", "Constant", List.of(), List.of(tensor.name()), Attribute.of("value", tensor.withName("")));
    }
}
