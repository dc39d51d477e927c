package dev.coppice.ir.weight;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Node;
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

    private static final String SPARSE = "stored as a sparse tensor; densify it first";

    /** Shapes, axes and bounds have a few elements; whatever is longer is none. */
    private static final long MOST_INTEGERS = 1024;

    private final @Nullable WeightResolver outer;
    /** Every value of this graph. Found in topological order, so that no chain of operators is too long or walked twice. */
    private final Map<String, Resolution> resolutions = new HashMap<>();

    /** QuantizeLinear nodes by their output. */
    private final Map<String, Node> quantizers = new HashMap<>();

    private final Map<String, long[]> numbers = new HashMap<>();
    private final Set<String> constant = new HashSet<>();

    private WeightResolver(Graph graph, @Nullable WeightResolver outer) {
        this.outer = outer;
        graph.inputs().forEach(input -> resolutions.put(input.name(), new Resolution.NotConstant()));
        for (var tensor : graph.initializers()) {
            resolutions.put(tensor.name(), new Resolution.Found(Weight.of(tensor.name(), tensor)));
            constant.add(tensor.name());
        }
        for (var tensor : graph.sparseInitializers()) {
            resolutions.put(tensor.name(), new Resolution.Refused(SPARSE));
        }
        graph.nodes().forEach(this::add);
    }

    private void add(Node node) {
        if (isConstant(node)) {
            constant.addAll(node.outputs());
        }
        if (node.is("QuantizeLinear")) {
            quantizers.put(node.output(0), node);
        }
        for (var output : node.outputs()) {
            resolutions.put(output, node.isStandard() ? resolve(node, output) : new Resolution.NotConstant());
            numbers(node).ifPresent(values -> numbers.put(output, values));
        }
    }

    /** Returns the numbers that a Constant node holds as an attribute. */
    private static Optional<long[]> numbers(Node node) {
        if (!node.is("Constant")) {
            return Optional.empty();
        }
        if (node.attribute("value_int").orElse(null) instanceof Attribute.IntValue(long value)) {
            return Optional.of(new long[] {value});
        }
        return node.intsAttribute("value_ints")
                .map(values -> values.stream().mapToLong(Long::longValue).toArray());
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
        var known = resolutions.get(name);
        if (known != null) {
            return known;
        }
        return outer == null ? new Resolution.NotConstant() : outer.resolve(name);
    }

    private Resolution resolve(Node node, String name) {
        return switch (node.opType()) {
            case "Constant" -> constantNode(node, name);
            case "Identity", "Cast" -> resolve(node.input(0));
            case "Transpose", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Slice" -> throughView(node, name);
            case "DequantizeLinear" -> dequantized(node);
            case "ConstantOfShape" ->
                isConstant(name)
                        ? new Resolution.Refused(
                                "a placeholder (ConstantOfShape): all its values are the same, so none can be"
                                        + " ranked, and storing zeros in it would make the file larger")
                        : new Resolution.NotConstant();
            default -> isConstant(name) ? new Resolution.Foldable(name) : new Resolution.NotConstant();
        };
    }

    private static Resolution constantNode(Node node, String name) {
        return node.tensorAttribute("value")
                .<Resolution>map(tensor -> new Resolution.Found(Weight.of(name, tensor)))
                .orElseGet(() -> node.attribute("sparse_value").isPresent()
                        ? new Resolution.Refused(SPARSE)
                        : new Resolution.NotConstant());
    }

    /** Sees through QuantizeLinear and DequantizeLinear of one zero point. */
    private Resolution dequantized(Node node) {
        if (!isConstant(node.input(0))) {
            return new Resolution.NotConstant();
        }
        var quantizer = quantizers.get(node.input(0));
        return quantizer != null
                        && resolve(quantizer.input(0)) instanceof Resolution.Found(var weight)
                        && weight.source().type().prunable()
                        && sameNumbers(quantizer.input(2), node.input(2))
                ? new Resolution.Rounded(weight)
                : new Resolution.Refused("quantized (DequantizeLinear): prune the float model first, then quantize");
    }

    private boolean sameNumbers(String a, String b) {
        if (a.equals(b)) {
            return true;
        }
        return resolve(a) instanceof Resolution.Found(var first)
                && resolve(b) instanceof Resolution.Found(var second)
                && first.source().type() == second.source().type()
                && first.source().type().integral()
                && Arrays.equals(Elements.longs(first.source()), Elements.longs(second.source()));
    }

    private Resolution throughView(Node node, String name) {
        var base = resolve(node.input(0));
        if (base instanceof Resolution.Rounded(var weight)) {
            return Views.apply(node, weight, this::integers)
                    .<Resolution>map(Resolution.Rounded::new)
                    .orElseGet(() -> new Resolution.Foldable(name));
        }
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
        if (!resolutions.containsKey(name)) {
            return outer == null ? Optional.empty() : outer.integers(name);
        }
        var held = numbers.get(name);
        if (held != null) {
            return Optional.of(held);
        }
        return resolve(name) instanceof Resolution.Found(var weight)
                        && weight.source().type().integral()
                        && weight.source().size() == weight.size()
                        && weight.size() <= MOST_INTEGERS
                        && weight.dims().size() <= 1
                ? Optional.of(Elements.longs(weight.source()))
                : Optional.empty();
    }

    private boolean isConstant(String name) {
        return constant.contains(name) || (outer != null && !resolutions.containsKey(name) && outer.isConstant(name));
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
