package dev.coppice.ir;

import java.util.List;
import java.util.function.UnaryOperator;

/**
 * An ONNX model. Immutable; versions made by {@link dev.coppice.ir.edit.GraphEditor} share all that they did not change, weights above all.
 *
 * @param carried producer, documentation, metadata, ... untouched
 * @param origins the encoded form of every element as it was read; see {@link Origins}
 */
public record Model(
        long irVersion, List<Opset> opsets, Graph graph, List<Function> functions, Carried carried, Origins origins) {

    /** The operators' version in a domain ({@code ""} is the standard one). */
    public record Opset(String domain, long version) {}

    public Model {
        opsets = List.copyOf(opsets);
        functions = List.copyOf(functions);
    }

    /** Returns the version of the standard operator set, or 1 when the model does not say. */
    public int opset() {
        for (var opset : opsets) {
            if (opset.domain().isEmpty() || opset.domain().equals("ai.onnx")) {
                return (int) Math.min(Integer.MAX_VALUE, opset.version());
            }
        }
        return 1;
    }

    /** Says whether a node calls one of the functions, or an overload of it. */
    public boolean calls(Node node) {
        return functions.stream()
                .map(Function::id)
                .anyMatch(id -> id.name().equals(node.opType()) && id.domain().equals(node.domain()));
    }

    public Model withGraph(Graph newGraph) {
        return new Model(irVersion, opsets, newGraph, functions, carried, origins);
    }

    public Model withOpsets(List<Opset> newOpsets) {
        return new Model(irVersion, newOpsets, graph, functions, carried, origins);
    }

    public Model withFunctions(List<Function> newFunctions) {
        return new Model(irVersion, opsets, graph, newFunctions, carried, origins);
    }

    /** Returns a copy in which every dense constant (initializer or attribute, in bodies too) is replaced by {@code change} of it. */
    public Model mapTensors(UnaryOperator<Tensor> change) {
        return withGraph(Mapping.tensors(graph, change));
    }
}
