package dev.coppice.ir.rules;

import dev.coppice.ir.Graph;
import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.ValueInfo;
import dev.coppice.ir.eval.ConstantEvaluator;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The constants of a graph: initializers, Constant nodes, and what has been computed of them. */
final class ConstantValues {

    private final Map<String, Tensor> values = new HashMap<>();
    private final Set<String> computable = new HashSet<>();
    private final boolean listedAsInputs;

    ConstantValues(Graph graph) {
        var inputs = graph.inputs().stream().map(ValueInfo::name).collect(Collectors.toSet());
        listedAsInputs = graph.initializers().stream().allMatch(t -> inputs.contains(t.name()));
        graph.initializers().forEach(tensor -> values.put(tensor.name(), tensor));
        graph.overridable().forEach(values::remove);
        for (var node : graph.nodes()) {
            if (node.is("Constant")) {
                add(evaluate(node, Long.MAX_VALUE));
            }
        }
    }

    /** Says whether every initializer is listed as a graph input too. */
    boolean listedAsInputs() {
        return listedAsInputs;
    }

    /** Returns a constant, or null when the value is none, is not known yet, or is a left-out input. */
    @Nullable
    Tensor get(String value) {
        return values.get(value);
    }

    Tensor known(String value) {
        return Objects.requireNonNull(values.get(value), value);
    }

    /** Returns how many elements the constants known so far have together. */
    long elements() {
        return values.values().stream().mapToLong(Tensor::size).sum();
    }

    /** Says whether all inputs of a node that can be computed are constant. */
    boolean allKnown(Node node) {
        return ConstantEvaluator.covers(node)
                && node.inputs().stream().allMatch(i -> i.isEmpty() || values.containsKey(i));
    }

    /** Says whether the outputs of a node are among the constants. */
    boolean computable(Node node) {
        return !node.outputs().isEmpty() && computable.containsAll(node.outputs());
    }

    /** Returns the node's outputs, or an empty list when they cannot be computed. */
    List<Tensor> evaluate(Node node, long limit) {
        var inputs = new ArrayList<@Nullable Tensor>();
        node.inputs().forEach(i -> inputs.add(values.get(i)));
        return ConstantEvaluator.evaluate(node, inputs, limit).orElse(List.of());
    }

    void add(List<Tensor> tensors) {
        for (var tensor : tensors) {
            values.put(tensor.name(), tensor);
            computable.add(tensor.name());
        }
    }
}
