package dev.coppice.ir.weight;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the constant behind an operand: an initializer or the tensor of a Constant node, also through Identity, Cast, Transpose,
 * Reshape, Flatten, Squeeze, Unsqueeze and Slice. Those are views: a mask over the operand falls on the stored tensor.
 */
public final class WeightResolver {

    private final @Nullable WeightResolver outer;
    private final Map<String, Tensor> initializers = new HashMap<>();
    private final Set<String> sparse = new HashSet<>();
    private final Map<String, Node> producers = new HashMap<>();
    private final Set<String> constant = new HashSet<>();

    private WeightResolver(Graph graph, @Nullable WeightResolver outer) {
        this.outer = outer;
        graph.initializers().forEach(tensor -> initializers.put(tensor.name(), tensor));
        constant.addAll(initializers.keySet());
        graph.sparseInitializers().forEach(tensor -> sparse.add(tensor.name()));
        for (var node : graph.nodes()) {
            node.outputs().forEach(output -> producers.put(output, node));
            if (isConstant(node)) {
                constant.addAll(node.outputs());
            }
        }
    }

    public static WeightResolver of(Graph graph) {
        return new WeightResolver(graph, null);
    }

    /** Returns a resolver for a body of a node of this graph; it finds the constants of the graphs around it too. */
    public WeightResolver inBody(Graph body) {
        return new WeightResolver(body, this);
    }

    /** Returns what stands behind the value {@code name}. */
    public Resolution resolve(String name) {
        var initializer = initializers.get(name);
        if (initializer != null) {
            return new Resolution.Found(stored(name, initializer));
        }
        if (sparse.contains(name)) {
            return new Resolution.Refused("stored as a sparse tensor; densify it first");
        }
        var node = producers.get(name);
        if (node == null) {
            return outer == null ? new Resolution.NotConstant() : outer.resolve(name);
        }
        return node.isStandard() ? resolve(node, name) : new Resolution.NotConstant();
    }

    private Resolution resolve(Node node, String name) {
        return switch (node.opType()) {
            case "Constant" -> constantNode(node, name);
            case "Identity", "Cast" -> resolve(node.input(0));
            case "Transpose", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Slice" -> throughView(node, name);
            case "DequantizeLinear" -> isConstant(node.input(0))
                    ? new Resolution.Refused("quantized (DequantizeLinear): prune the float model first, then quantize")
                    : new Resolution.NotConstant();
            case "ConstantOfShape" -> isConstant(name)
                    ? new Resolution.Refused("a placeholder (ConstantOfShape): all its values are the same, so none can be"
                            + " ranked, and storing zeros in it would make the file larger")
                    : new Resolution.NotConstant();
            default -> isConstant(name) ? new Resolution.Foldable(name) : new Resolution.NotConstant();
        };
    }

    private static Resolution constantNode(Node node, String name) {
        return node.tensorAttribute("value")
                .<Resolution>map(tensor -> new Resolution.Found(stored(name, tensor)))
                .orElseGet(() -> node.attribute("sparse_value").isPresent()
                        ? new Resolution.Refused("stored as a sparse tensor; densify it first")
                        : new Resolution.NotConstant());
    }

    private Resolution throughView(Node node, String name) {
        var base = resolve(node.input(0));
        if (!(base instanceof Resolution.Found(var weight))) {
            return base instanceof Resolution.Foldable ? new Resolution.Foldable(name) : base;
        }
        return Views.apply(node, weight, this::integers)
                .<Resolution>map(Resolution.Found::new)
                .orElseGet(() -> isConstant(name) ? new Resolution.Foldable(name) : new Resolution.NotConstant());
    }

    /** Returns the numbers of a small stored integer constant; empty for anything else. */
    private Optional<long[]> integers(String name) {
        if (name.isEmpty()) {
            return Optional.empty();
        }
        var node = producers.get(name);
        if (node != null && node.is("Constant")) {
            if (node.attribute("value_int").orElse(null) instanceof Attribute.IntValue(long value)) {
                return Optional.of(new long[] {value});
            }
            var list = node.intsAttribute("value_ints");
            if (list.isPresent()) {
                return list.map(values ->
                        values.stream().mapToLong(Long::longValue).toArray());
            }
        }
        return resolve(name) instanceof Resolution.Found(var weight)
                        && weight.source().type().integral()
                        && weight.source().size() == weight.size()
                        && weight.dims().size() <= 1
                ? Optional.of(Elements.longs(weight.source()))
                : Optional.empty();
    }

    private boolean isConstant(String name) {
        return constant.contains(name) || (outer != null && !producers.containsKey(name) && outer.isConstant(name));
    }

    /** Says whether a node's outputs depend on constants only; nodes with bodies, without inputs or with randomness do not count. */
    private boolean isConstant(Node node) {
        return node.is("Constant")
                || (node.isStandard()
                        && node.bodies().isEmpty()
                        && !node.inputs().isEmpty()
                        && !node.opType().startsWith("Random")
                        && node.inputs().stream().allMatch(input -> input.isEmpty() || isConstant(input)));
    }

    private static Weight stored(String name, Tensor tensor) {
        return new Weight(name, tensor, tensor.dims(), Views.rowMajor(tensor.dims()), 0);
    }

    /** Looks up integer operands (shapes, axes, starts) for {@link Views}. */
    @FunctionalInterface
    interface Integers {
        Optional<long[]> of(String value);
    }

    /** Returns the numbers as a list, as attributes hold them. */
    static List<Long> list(long[] numbers) {
        return Arrays.stream(numbers).boxed().toList();
    }
}
