package dev.coppice.ir.edit;

import dev.coppice.ir.Graph;
import dev.coppice.ir.Node;
import dev.coppice.ir.SparseTensor;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.ValueInfo;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Collects changes to one graph; the only way to change one. The result is checked ({@link Invariants}) and cleaned: constants
 * that nothing uses any more are dropped, and so are declared types of values that have gone or were said to have changed.
 *
 * <pre>{@code
 * Graph folded = GraphEditor.edit(graph, e -> {
 *     e.remove(transpose);
 *     e.put(transposedWeight);
 * });
 * }</pre>
 */
public final class GraphEditor {

    private final Graph graph;
    private final IdentityHashMap<Node, List<Node>> replacements = new IdentityHashMap<>();
    private final Map<String, Tensor> constants = new LinkedHashMap<>();
    private final Set<String> changedTypes = new HashSet<>();
    private final Set<String> changedShapes = new HashSet<>();

    private GraphEditor(Graph graph) {
        this.graph = graph;
        for (var tensor : graph.initializers()) {
            constants.put(tensor.name(), tensor);
        }
    }

    /**
     * Returns a copy of the graph changed by {@code change}.
     *
     * @throws dev.coppice.ir.BadModelException when the result would break an invariant
     */
    public static Graph edit(Graph graph, Consumer<GraphEditor> change) {
        var editor = new GraphEditor(graph);
        change.accept(editor);
        var edited = editor.build();
        Invariants.check(edited);
        return edited;
    }

    /** Removes a node; what it produced must not be used any more, or be produced otherwise. */
    public void remove(Node node) {
        replacements.put(node, List.of());
    }

    /** Puts other nodes, in topological order, in the place of a node. */
    public void replace(Node node, Node... others) {
        replacements.put(node, List.of(others));
    }

    /** Adds an initializer, or puts it in the place of the one of the same name. */
    public void put(Tensor initializer) {
        var earlier = constants.put(initializer.name(), initializer);
        boolean sameType = earlier != null
                && earlier.type() == initializer.type()
                && earlier.dims().equals(initializer.dims());
        if (!sameType) {
            forgetType(initializer.name());
        }
    }

    /** Says that a value's type or shape is no longer what the graph declares, so that the declaration is dropped. */
    public void forgetType(String value) {
        changedTypes.add(value);
    }

    /** Says that a value's shape is no longer what the graph declares; its element type still is. */
    public void forgetShape(String value) {
        changedShapes.add(value);
    }

    private Graph build() {
        var nodes = new ArrayList<Node>(graph.nodes().size());
        for (var node : graph.nodes()) {
            nodes.addAll(replacements.getOrDefault(node, List.of(node)));
        }
        var used = new HashSet<String>();
        nodes.forEach(node -> used.addAll(node.uses()));
        graph.outputs().forEach(output -> used.add(output.name()));
        var initializers = new ArrayList<Tensor>();
        for (var tensor : constants.values()) {
            if (used.contains(tensor.name())) {
                initializers.add(tensor);
            }
        }
        var sparse = new ArrayList<SparseTensor>();
        for (var tensor : graph.sparseInitializers()) {
            if (used.contains(tensor.name())) {
                sparse.add(tensor);
            }
        }
        var dropped = droppedNames(initializers, sparse);
        var inputs = redeclared(without(graph.inputs(), dropped));
        var declared = new ArrayList<ValueInfo>();
        var alive = alive(nodes, initializers);
        for (var info : graph.valueInfos()) {
            if (alive.contains(info.name()) && !changedTypes.contains(info.name())) {
                declared.add(
                        changedShapes.contains(info.name())
                                ? new ValueInfo(info.name(), info.type(), null, info.carried())
                                : info);
            }
        }
        return graph.withNodes(nodes)
                .withInitializers(initializers)
                .withSparseInitializers(sparse)
                .withInputs(inputs)
                .withValueInfos(declared);
    }

    private Set<String> droppedNames(List<Tensor> initializers, List<SparseTensor> sparse) {
        var dropped = new HashSet<>(constants.keySet());
        graph.sparseInitializers().forEach(tensor -> dropped.add(tensor.name()));
        initializers.forEach(tensor -> dropped.remove(tensor.name()));
        sparse.forEach(tensor -> dropped.remove(tensor.name()));
        return dropped;
    }

    /** In IR version 3 initializers are graph inputs too, and go together. */
    private static List<ValueInfo> without(List<ValueInfo> infos, Set<String> names) {
        return infos.stream().filter(info -> !names.contains(info.name())).toList();
    }

    /** An initializer that is a graph input too is declared as it is now. */
    private List<ValueInfo> redeclared(List<ValueInfo> inputs) {
        var declared = new ArrayList<ValueInfo>(inputs.size());
        for (var input : inputs) {
            var constant = constants.get(input.name());
            declared.add(
                    constant != null && changedTypes.contains(input.name())
                            ? new ValueInfo(input.name(), constant.type(), constant.shape(), input.carried())
                            : input);
        }
        return declared;
    }

    private static Set<String> alive(List<Node> nodes, List<Tensor> initializers) {
        var alive = new HashSet<String>();
        nodes.forEach(node -> alive.addAll(node.outputs()));
        initializers.forEach(tensor -> alive.add(tensor.name()));
        return alive;
    }
}
