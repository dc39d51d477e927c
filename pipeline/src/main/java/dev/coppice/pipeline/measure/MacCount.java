package dev.coppice.pipeline.measure;

import dev.coppice.ir.Dim;
import dev.coppice.ir.Node;
import dev.coppice.ir.Shape;
import dev.coppice.ir.shape.EinsumTerms;
import dev.coppice.ir.shape.Shapes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Counts the multiply-accumulates of one node. The convention of the field: convolutions, matrix products and recurrent cells
 * count, everything else counts as zero; padding counts as if it were computed.
 */
final class MacCount {

    /** Operators of com.microsoft that multiply no matrices. */
    private static final Set<String> FREE = Set.of(
            "BiasGelu",
            "BiasSoftmax",
            "BiasSplitGelu",
            "EmbedLayerNormalization",
            "FastGelu",
            "Gelu",
            "QuickGelu",
            "RotaryEmbedding",
            "SimplifiedLayerNormalization",
            "SkipLayerNormalization",
            "SkipSimplifiedLayerNormalization");

    private final Shapes shapes;

    MacCount(Shapes shapes) {
        this.shapes = shapes;
    }

    /** Returns the count; empty when a size is unknown, or the operator is neither a standard one nor known otherwise. */
    OptionalLong of(Node node) {
        if (!node.bodies().isEmpty()) {
            return OptionalLong.empty();
        }
        try {
            return count(node);
        } catch (ArithmeticException _) {
            // More than 2^63: sizes that no computer runs.
            return OptionalLong.empty();
        }
    }

    private OptionalLong count(Node node) {
        return switch (node.operator()) {
            case "Conv", "ConvInteger", "DeformConv", "com.microsoft::FusedConv" ->
                convolution(node.output(0), node.input(1));
            case "QLinearConv" -> convolution(node.output(0), node.input(3));
            // Every input element meets one slice of the kernel [inC, outC/groups, k...].
            case "ConvTranspose" -> convolution(node.input(0), node.input(1));
            case "MatMul", "MatMulInteger", "QLinearMatMul" ->
                product(elements(node.output(0)), dim(node.input(0), -1));
            case "com.microsoft::FusedMatMul" -> {
                int reduced = node.intAttribute("transA", 0) == 0 ? -1 : -2;
                yield product(elements(node.output(0)), dim(node.input(0), reduced));
            }
            case "Gemm", "com.microsoft::FusedGemm" -> {
                int reduced = node.intAttribute("transA", 0) == 0 ? 1 : 0;
                yield product(elements(node.output(0)), dim(node.input(0), reduced));
            }
            case "LSTM", "GRU", "RNN" -> recurrent(node);
            case "Einsum" -> einsum(node);
            case "Attention", "com.microsoft::MultiHeadAttention", "com.microsoft::GroupQueryAttention" ->
                attention(node);
            case "com.microsoft::Attention" -> packedAttention(node);
            default -> node.isStandard() || FREE.contains(node.opType()) ? OptionalLong.of(0) : OptionalLong.empty();
        };
    }

    /** Every query meets every key, past ones included, and every score every value: tokens x (|Q| + |Y|). */
    private OptionalLong attention(Node node) {
        var keys = shapes.shape(node.input(1));
        if (keys.isEmpty()) {
            return OptionalLong.empty();
        }
        var tokens = dim(node.input(1), keys.get().rank() == 4 ? 2 : 1);
        var past = node.isStandard() ? node.input(4) : "";
        return product(
                sum(elements(node.input(0)), elements(node.output(0))),
                past.isEmpty() ? tokens : sum(tokens, dim(past, 2)));
    }

    /** The projection of x [B,S,W] by [W,Q+K+V], and attention on what it gives. */
    private OptionalLong packedAttention(Node node) {
        var widths = dim(node.input(1), 1);
        var value = dim(node.output(0), 2);
        var tokens = dim(node.input(0), 1);
        var rows = product(dim(node.input(0), 0), tokens);
        if (widths.isEmpty() || value.isEmpty()) {
            return OptionalLong.empty();
        }
        long query = (widths.getAsLong() - value.getAsLong()) / 2;
        var compared = product(product(rows, OptionalLong.of(query + value.getAsLong())), tokens);
        return sum(product(product(rows, dim(node.input(0), 2)), widths), compared);
    }

    /** Returns positions times the weights behind one channel: {@code |values| * |kernel| / kernel.dim(0)}. */
    private OptionalLong convolution(String values, String kernel) {
        var channels = dim(kernel, 0);
        var weights = elements(kernel);
        if (channels.isEmpty() || weights.isEmpty() || channels.getAsLong() == 0) {
            return OptionalLong.empty();
        }
        return product(elements(values), OptionalLong.of(weights.getAsLong() / channels.getAsLong()));
    }

    /** Returns steps x batch x all input and recurrent weights. */
    private OptionalLong recurrent(Node node) {
        int stepsAxis = node.intAttribute("layout", 0) == 0 ? 0 : 1;
        var input = elements(node.input(1));
        var hidden = elements(node.input(2));
        if (input.isEmpty() || hidden.isEmpty()) {
            return OptionalLong.empty();
        }
        var positions = product(dim(node.input(0), stepsAxis), dim(node.input(0), 1 - stepsAxis));
        return product(positions, OptionalLong.of(Math.addExact(input.getAsLong(), hidden.getAsLong())));
    }

    /** Returns the product of all index sizes when two operands or more are multiplied. */
    private OptionalLong einsum(Node node) {
        var shaped = new ArrayList<List<Long>>();
        for (var input : node.inputs()) {
            var dims = sizes(input);
            if (dims.isEmpty()) {
                return OptionalLong.empty();
            }
            shaped.add(dims.get());
        }
        var equation = EinsumTerms.of(
                node.stringAttribute("equation", ""),
                shaped.stream().map(List::size).toList());
        if (equation.isEmpty()) {
            return OptionalLong.empty();
        }
        var operands = equation.get().operands();
        if (operands.size() == 1) {
            return OptionalLong.of(0);
        }
        Map<Character, Long> sizes = new HashMap<>();
        for (int i = 0; i < operands.size(); i++) {
            for (int axis = 0; axis < operands.get(i).length(); axis++) {
                // A size of 1 may be broadcast.
                sizes.merge(operands.get(i).charAt(axis), shaped.get(i).get(axis), Math::max);
            }
        }
        long macs = sizes.values().stream().reduce(1L, Math::multiplyExact);
        return OptionalLong.of(Math.multiplyExact(macs, operands.size() - 1L));
    }

    private Optional<List<Long>> sizes(String value) {
        return shapes.shape(value)
                .filter(Shape::isStatic)
                .map(shape -> Arrays.stream(shape.sizes()).boxed().toList());
    }

    private OptionalLong elements(String value) {
        return shapes.shape(value).map(Shape::elements).orElse(OptionalLong.empty());
    }

    private OptionalLong dim(String value, int axis) {
        var shape = shapes.shape(value);
        if (shape.isPresent() && shape.get().rank() > Math.max(axis, -axis - 1)) {
            return shape.get().dim(axis) instanceof Dim.Known(long size) ? OptionalLong.of(size) : OptionalLong.empty();
        }
        return OptionalLong.empty();
    }

    private static OptionalLong sum(OptionalLong a, OptionalLong b) {
        return a.isPresent() && b.isPresent()
                ? OptionalLong.of(Math.addExact(a.getAsLong(), b.getAsLong()))
                : OptionalLong.empty();
    }

    private static OptionalLong product(OptionalLong a, OptionalLong b) {
        return a.isPresent() && b.isPresent()
                ? OptionalLong.of(Math.multiplyExact(a.getAsLong(), b.getAsLong()))
                : OptionalLong.empty();
    }
}
