package dev.coppice.prune.quantize;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.layer.Layouts;
import dev.coppice.ir.layer.WeightMatrix;
import dev.coppice.ir.layer.WeightOperator;
import dev.coppice.ir.weight.Resolution;
import dev.coppice.ir.weight.Weight;
import dev.coppice.ir.weight.WeightResolver;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Finds the weights of a model that are integers already, whoever quantized it, and the scales that belong to them. */
public final class QuantizedWeights {

    /** Where an operator on integers has its weight, its weight's zero point and scale (-1: none), and whose layout it has. */
    private record Place(int weight, int zeroPoint, int scale, String like) {}

    private static final Map<String, Place> PLACES = Map.of(
            "MatMulInteger", new Place(1, 3, -1, "MatMul"),
            "ConvInteger", new Place(1, 3, -1, "Conv"),
            "QLinearMatMul", new Place(3, 5, 4, "MatMul"),
            "QLinearConv", new Place(3, 5, 4, "Conv"),
            "com.microsoft::DynamicQuantizeMatMul", new Place(1, 3, 2, "MatMul"),
            "com.microsoft::MatMulIntegerToFloat", new Place(1, 5, 3, "MatMul"),
            "com.microsoft::QGemm", new Place(3, 5, 4, "Gemm"));

    /**
     * A weight in integers.
     *
     * @param node that multiplies by it, or gathers its rows
     * @param zeroPoint the integer that stands for 0; empty when it is not the same everywhere
     * @param matrix as the node lays it out; empty for a table
     */
    public record Stored(Node node, Weight weight, Optional<Long> zeroPoint, Optional<WeightMatrix> matrix) {

        public Tensor source() {
            return weight.source();
        }

        /** Returns the width of a weight in bits. */
        public int bits() {
            return source().type().bits();
        }
    }

    private final WeightResolver resolver;
    private final Map<String, Node> producers = new HashMap<>();
    private final List<Stored> weights = new ArrayList<>();
    private final Set<Tensor> scales = Collections.newSetFromMap(new IdentityHashMap<>());

    private QuantizedWeights(Graph graph) {
        this.resolver = WeightResolver.of(graph);
        for (var node : graph.nodes()) {
            node.outputs().forEach(output -> producers.put(output, node));
        }
        graph.nodes().forEach(this::add);
    }

    /** Looks at the nodes of a graph, not at those of the bodies in it. */
    public static QuantizedWeights of(Graph graph) {
        return new QuantizedWeights(graph);
    }

    /** Returns the weights in graph order, each as often as it is used. */
    public List<Stored> weights() {
        return Collections.unmodifiableList(weights);
    }

    /** Returns the float tensors that hold scales of weights or activations: they are no parameters. */
    public Set<Tensor> scales() {
        return Collections.unmodifiableSet(scales);
    }

    private void add(Node node) {
        var place = PLACES.get(node.operator());
        if (place != null) {
            add(node, place.weight(), node.input(place.weight()), node.input(place.zeroPoint()), place.like());
            scale(place.scale() < 0 ? "" : node.input(place.scale()));
        }
        switch (node.isStandard() ? node.opType() : "") {
            case "QuantizeLinear", "DequantizeLinear" -> scale(node.input(1));
            case "Mul" -> scaling(node);
            default -> dequantized(node);
        }
    }

    /** A float operator whose weight DequantizeLinear makes. */
    private void dequantized(Node node) {
        var operator = WeightOperator.of(node);
        if (operator == null || operator.isRecurrent()) {
            return;
        }
        for (int operand : operator.operands()) {
            var source = producers.get(node.input(operand));
            if (source != null && source.is("DequantizeLinear")) {
                add(node, operand, source.input(0), source.input(2), node.opType());
            }
        }
    }

    /** The scale of activations that were quantized as the model runs times that of weights; or rows of a table times theirs. */
    private void scaling(Node node) {
        for (int i = 0; i < 2; i++) {
            var one = producers.get(node.input(i));
            var other = node.input(1 - i);
            if (one == null) {
                continue;
            }
            if (one.is("DynamicQuantizeLinear")) {
                scale(other);
            }
            var rows = producers.get(one.is("Cast") ? one.input(0) : "");
            var scaled = producers.get(other);
            if (rows != null
                    && scaled != null
                    && rows.is("Gather")
                    && scaled.is("Gather")
                    && rows.input(1).equals(scaled.input(1))) {
                add(rows, 0, rows.input(0), "", "Gather");
                scale(scaled.input(0));
            }
        }
    }

    private void add(Node node, int operand, String value, String zeroPoint, String like) {
        if (resolver.resolve(value) instanceof Resolution.Found(var weight)
                && isInteger(weight.source().type())
                && weight.dims().size() >= 2) {
            weights.add(new Stored(node, weight, zeroPoint(zeroPoint), matrix(node, operand, weight, like)));
        }
    }

    private static boolean isInteger(DType type) {
        return type == DType.INT8 || type == DType.UINT8;
    }

    private Optional<Long> zeroPoint(String value) {
        if (value.isEmpty()) {
            return Optional.of(0L);
        }
        if (!(resolver.resolve(value) instanceof Resolution.Found(var weight))
                || !weight.source().type().integral()
                || weight.source().size() == 0) {
            return Optional.empty();
        }
        var values = Elements.longs(weight.source());
        for (long other : values) {
            if (other != values[0]) {
                return Optional.empty();
            }
        }
        return Optional.of(values[0]);
    }

    private static Optional<WeightMatrix> matrix(Node node, int operand, Weight weight, String like) {
        if (like.equals("Gather")) {
            return Optional.empty();
        }
        // Operators on integers have their weight elsewhere, but multiply as the float one does with its second
        // operand.
        boolean same = node.opType().equals(like);
        var layout = Node.of(node.name(), like, node.inputs(), node.outputs()).withAttributes(node.attributes());
        try {
            return Optional.of(Layouts.of(layout, same ? operand : 1, weight));
        } catch (BadModelException _) {
            return Optional.empty(); // a rank that the operator does not have
        }
    }

    private void scale(String value) {
        if (!value.isEmpty() && resolver.resolve(value) instanceof Resolution.Found(var weight)) {
            scales.add(weight.source());
        }
    }
}
