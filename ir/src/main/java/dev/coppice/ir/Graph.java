package dev.coppice.ir;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Nodes in topological order and the constants they use. Immutable: {@link dev.coppice.ir.edit.GraphEditor} makes changed copies.
 *
 * @param inputs the graph's parameters; in old models (IR version 3) also every initializer
 * @param valueInfos declared types of intermediate values; may be incomplete
 */
public record Graph(
        String name,
        List<Node> nodes,
        List<Tensor> initializers,
        List<SparseTensor> sparseInitializers,
        List<ValueInfo> inputs,
        List<ValueInfo> outputs,
        List<ValueInfo> valueInfos,
        Carried carried) {

    public Graph {
        nodes = List.copyOf(nodes);
        initializers = List.copyOf(initializers);
        sparseInitializers = List.copyOf(sparseInitializers);
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        valueInfos = List.copyOf(valueInfos);
    }

    /** Returns a graph of dense constants that declares no types within. */
    public static Graph of(
            String name, List<Node> nodes, List<Tensor> initializers, List<ValueInfo> inputs, List<ValueInfo> outputs) {
        return new Graph(name, nodes, initializers, List.of(), inputs, outputs, List.of(), Carried.NOTHING);
    }

    /** Returns this graph with other nodes; nothing is checked. */
    public Graph withNodes(List<Node> nodes) {
        return new Graph(name, nodes, initializers, sparseInitializers, inputs, outputs, valueInfos, carried);
    }

    /** Returns this graph with other initializers; nothing is checked. */
    public Graph withInitializers(List<Tensor> initializers) {
        return new Graph(name, nodes, initializers, sparseInitializers, inputs, outputs, valueInfos, carried);
    }

    /** Returns this graph with other sparse initializers; nothing is checked. */
    public Graph withSparseInitializers(List<SparseTensor> sparseInitializers) {
        return new Graph(name, nodes, initializers, sparseInitializers, inputs, outputs, valueInfos, carried);
    }

    /** Returns this graph with other inputs; nothing is checked. */
    public Graph withInputs(List<ValueInfo> inputs) {
        return new Graph(name, nodes, initializers, sparseInitializers, inputs, outputs, valueInfos, carried);
    }

    /** Returns this graph with other outputs; nothing is checked. */
    public Graph withOutputs(List<ValueInfo> outputs) {
        return new Graph(name, nodes, initializers, sparseInitializers, inputs, outputs, valueInfos, carried);
    }

    /** Returns this graph with other declared types; nothing is checked. */
    public Graph withValueInfos(List<ValueInfo> valueInfos) {
        return new Graph(name, nodes, initializers, sparseInitializers, inputs, outputs, valueInfos, carried);
    }

    /** Returns the inputs that must be fed: those that no initializer gives a value, of which old models list all among the inputs. */
    public List<ValueInfo> fedInputs() {
        var given = new HashSet<String>();
        initializers.forEach(tensor -> given.add(tensor.name()));
        sparseInitializers.forEach(tensor -> given.add(tensor.name()));
        return inputs.stream().filter(input -> !given.contains(input.name())).toList();
    }

    /** Returns the constants that are stored here, by the names of their values: initializers, and the tensors of Constant nodes. */
    public Map<String, Tensor> storedTensors() {
        var stored = new LinkedHashMap<String, Tensor>();
        initializers.forEach(tensor -> stored.put(tensor.name(), tensor));
        for (var node : nodes) {
            if (node.is("Constant")) {
                node.tensorAttribute("value").ifPresent(tensor -> stored.put(node.output(0), tensor));
            }
        }
        return stored;
    }

    /**
     * Returns the initializers that only stand in for inputs that a caller leaves out: from IR version 4 on those that are inputs, too. All of
     * them being inputs is the style of IR version 3.
     */
    public Set<String> overridable() {
        var names = new HashSet<String>();
        inputs.forEach(input -> names.add(input.name()));
        var both = new LinkedHashSet<String>();
        initializers.stream().map(Tensor::name).filter(names::contains).forEach(both::add);
        return both.size() == initializers.size() ? Set.of() : both;
    }

    /** Returns the nodes that read each value, each once, in their order; what bodies read is left out. */
    public Map<String, List<Node>> readers() {
        var readers = new HashMap<String, List<Node>>();
        for (var node : nodes) {
            for (var input : new HashSet<>(node.inputs())) {
                readers.computeIfAbsent(input, _ -> new ArrayList<>()).add(node);
            }
        }
        readers.remove("");
        return readers;
    }
}
