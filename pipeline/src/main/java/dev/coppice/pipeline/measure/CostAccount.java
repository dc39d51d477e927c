package dev.coppice.pipeline.measure;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Malformed;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.Shape;
import dev.coppice.ir.SparseTensor;
import dev.coppice.ir.Trait;
import dev.coppice.ir.layer.WeightOperator;
import dev.coppice.ir.shape.Shapes;
import dev.coppice.ir.weight.Resolution;
import dev.coppice.ir.weight.Weight;
import dev.coppice.ir.weight.WeightResolver;
import dev.coppice.pipeline.data.ModelInputs;
import dev.coppice.prune.quantize.QuantizedWeights;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** Counts what one run of a model costs, without running it. What cannot be counted is listed, never guessed. */
public final class CostAccount {

    /** Operators that read only as much of their first input as they write. */
    private static final Set<String> SELECTIONS =
            Set.of("Gather", "GatherElements", "GatherND", "Slice", "Split", "Shape", "Size");

    /** Values of more elements than this are not counted, so that no sum over a node is too large for a long. */
    private static final long MOST_ELEMENTS = 1L << 48;

    private final Graph graph;
    private final Shapes shapes;
    private final WeightResolver resolver;
    private final WeightCounts counts;
    private final MacCount macCount;
    private final IdentityHashMap<Node, QuantizedWeights.Stored> quantized = new IdentityHashMap<>();
    private final Map<String, SparseTensor> sparse = new HashMap<>();
    private final List<Cost.Uncounted> uncounted = new ArrayList<>();

    private CostAccount(Sizes sizes, Graph graph, WeightCounts counts) {
        this.graph = graph;
        this.counts = counts;
        this.resolver = WeightResolver.of(graph);
        QuantizedWeights.of(graph).weights().forEach(weight -> quantized.put(weight.node(), weight));
        graph.sparseInitializers().forEach(tensor -> sparse.put(tensor.name(), tensor));
        this.shapes = sizes.shapes();
        this.macCount = new MacCount(shapes);
    }

    /**
     * Counts a model's cost.
     *
     * @param inputShapes sizes of the inputs by name; those left out count as declared
     * @param counts counts non-zero weights; share it between versions of a model
     * @throws BadModelException when the shapes contradict each other
     */
    public static Cost of(Model model, Map<String, List<Long>> inputShapes, WeightCounts counts) {
        return of(model, Sizes.infer(model, inputShapes), counts);
    }

    /** Counts as {@link #of(Model, Map, WeightCounts)} at the input shapes of {@code sizes}, which need not be inferred again. */
    public static Cost of(Model model, Sizes sizes, WeightCounts counts) {
        return new CostAccount(sizes.of(model), model.graph(), counts).account(sizes.inputShapes());
    }

    /**
     * Counts a model's cost at {@linkplain #customarySizes customary input sizes}.
     *
     * @throws dev.coppice.ir.UsageException when an open dimension is neither given nor customary
     * @throws BadModelException when the operators allow none of the sizes
     */
    public static Cost customary(Model model, Map<String, List<Long>> given, WeightCounts counts) {
        return of(model, customarySizes(model, given), counts);
    }

    /**
     * Infers a model's sizes at customary input sizes, the first that its operators allow; see {@link CustomaryShapes}.
     *
     * @param given sizes that win
     * @throws dev.coppice.ir.UsageException when an open dimension is neither given nor customary
     * @throws BadModelException when the operators allow none of the sizes
     */
    public static Sizes customarySizes(Model model, Map<String, List<Long>> given) {
        var inputs = ModelInputs.of(model);
        var first = CustomaryShapes.of(inputs, given);
        try {
            return Sizes.infer(model, first);
        } catch (BadModelException e) {
            for (var sizes : CustomaryShapes.of(model)) {
                var fitting = fitting(model, CustomaryShapes.of(inputs, given, sizes));
                if (fitting.isPresent()) {
                    return fitting.get();
                }
            }
            throw new BadModelException(
                    String.valueOf(e.getMessage()), CustomaryShapes.hint(inputs, given, first, e.hint()), e);
        }
    }

    /** Infers sizes; empty where the operators do not allow them: what is told then is the first refusal. */
    private static Optional<Sizes> fitting(Model model, Map<String, List<Long>> shapes) {
        try {
            return Optional.of(Sizes.infer(model, shapes));
        } catch (BadModelException _) {
            return Optional.empty();
        }
    }

    private Cost account(Map<String, List<Long>> inputShapes) {
        var running = graph.nodes().stream().filter(node -> !isConstant(node)).toList();
        var nodes = running.stream()
                .map(node -> Malformed.guard(node, "its cost", () -> cost(node)))
                .toList();
        return new Cost(
                inputShapes,
                sum(nodes, Cost.NodeCost::macs),
                sum(nodes, Cost.NodeCost::effectiveMacs),
                sum(nodes, Cost.NodeCost::weightBytes),
                sum(nodes, Cost.NodeCost::activationBytes),
                ActivationMemory.peak(graph, running, this::activationSize),
                nodes,
                uncounted);
    }

    private interface Figure {
        OptionalLong of(Cost.NodeCost node);
    }

    private static long sum(List<Cost.NodeCost> nodes, Figure figure) {
        return nodes.stream().mapToLong(node -> figure.of(node).orElse(0)).reduce(0, Cost::sum);
    }

    private Cost.NodeCost cost(Node node) {
        var macs = macCount.of(node);
        var weights = weightBytes(node);
        var activations = activationBytes(node);
        if (macs.isEmpty()) {
            uncounted.add(new Cost.Uncounted(
                    node.label(),
                    node.opType(),
                    !node.isStandard() || node.opType().equals("Attention")
                            ? "no rule counts the multiply-accumulates of this operator"
                            : !node.bodies().isEmpty()
                                    ? "control flow depends on data"
                                    : "a size is unknown or beyond counting"));
        } else if (weights.isEmpty() || activations.isEmpty()) {
            uncounted.add(new Cost.Uncounted(
                    node.label(), node.opType(), "the size of a value is unknown or beyond counting"));
        }
        return new Cost.NodeCost(node.label(), node.opType(), macs, effective(node, macs), weights, activations);
    }

    /** Scales a count by the share of non-zero weights: every weight of these operators is used equally often. */
    private OptionalLong effective(Node node, OptionalLong macs) {
        if (macs.isEmpty() || macs.getAsLong() == 0) {
            return macs;
        }
        long size = 0;
        long nonZeros = 0;
        for (var input : linearOperands(node)) {
            if (resolver.resolve(input) instanceof Resolution.Found(var weight)
                    && weight.source().type().prunable()) {
                size += weight.size();
                nonZeros += isWhole(weight) ? counts.nonZeros(weight.source()) : weight.size();
            }
            var stored = sparse.get(input);
            if (stored != null) {
                size += stored.size();
                nonZeros += counts.nonZeros(stored.values());
            }
        }
        var integers = quantized.get(node);
        if (integers != null) {
            size += integers.source().size();
            nonZeros += counts.nonZeros(integers.source());
        }
        return size == 0 ? macs : OptionalLong.of(Math.round((double) macs.getAsLong() / size * nonZeros));
    }

    /** Returns the inputs that may be weights, without biases. */
    private static List<String> linearOperands(Node node) {
        var operator = WeightOperator.of(node);
        var operands = node.is("Einsum") ? List.of(0, 1) : operator == null ? List.of(1) : operator.operands();
        return operands.stream().map(node::input).toList();
    }

    private static boolean isWhole(Weight weight) {
        return weight.size() == weight.source().size();
    }

    private OptionalLong weightBytes(Node node) {
        if (node.has(Trait.VIEW) || isSelection(node)) {
            return OptionalLong.of(0);
        }
        long bytes = 0;
        for (var input : Set.copyOf(node.inputs())) {
            if (resolver.resolve(input) instanceof Resolution.Found(var weight)) {
                bytes += weight.source().type().bytes(weight.size());
            } else if (!input.isEmpty() && isConstant(input)) {
                var size = size(input);
                if (size.isEmpty()) {
                    return size;
                }
                bytes += size.getAsLong();
            }
        }
        return OptionalLong.of(bytes);
    }

    private OptionalLong activationBytes(Node node) {
        if (node.has(Trait.VIEW)) {
            return OptionalLong.of(0);
        }
        long written = 0;
        for (var output : node.outputs()) {
            var size = output.isEmpty() ? OptionalLong.of(0) : size(output);
            if (size.isEmpty()) {
                return size;
            }
            written += size.getAsLong();
        }
        if (isSelection(node)) {
            return OptionalLong.of(2 * written);
        }
        long read = 0;
        for (var input : Set.copyOf(node.inputs())) {
            var size = input.isEmpty() || isConstant(input) ? OptionalLong.of(0) : size(input);
            if (size.isEmpty()) {
                return size;
            }
            read += size.getAsLong();
        }
        return OptionalLong.of(read + written);
    }

    private static boolean isSelection(Node node) {
        return node.isStandard() && SELECTIONS.contains(node.opType());
    }

    private long activationSize(String value) {
        return isConstant(value) ? 0 : size(value).orElse(0);
    }

    private OptionalLong size(String value) {
        var type = shapes.type(value);
        var elements = shapes.shape(value).map(Shape::elements).orElse(OptionalLong.empty());
        return type.isPresent() && elements.isPresent() && elements.getAsLong() <= MOST_ELEMENTS
                ? OptionalLong.of(type.get().bytes(elements.getAsLong()))
                : OptionalLong.empty();
    }

    /** Says whether every output of a node is known before the model runs: runtimes compute it once. */
    private boolean isConstant(Node node) {
        return node.outputs().stream().allMatch(output -> output.isEmpty() || isConstant(output));
    }

    private boolean isConstant(String value) {
        return !(resolver.resolve(value) instanceof Resolution.NotConstant)
                || shapes.constant(value).isPresent();
    }
}
