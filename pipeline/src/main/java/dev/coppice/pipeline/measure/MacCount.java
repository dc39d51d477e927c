package dev.coppice.pipeline.measure;

import dev.coppice.ir.Dim;
import dev.coppice.ir.Node;
import dev.coppice.ir.Shape;
import dev.coppice.ir.shape.Shapes;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Counts the multiply-accumulates of one node. The convention of the field: convolutions, matrix products and recurrent cells
 * count, everything else counts as zero; padding counts as if it were computed.
 */
final class MacCount {

    private final Shapes shapes;

    MacCount(Shapes shapes) {
        this.shapes = shapes;
    }

    /** Returns the count; empty when a size is unknown or the operator is none of the standard ones. */
    OptionalLong of(Node node) {
        if (!node.isStandard() || !node.bodies().isEmpty()) {
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
        return switch (node.opType()) {
            case "Conv", "ConvInteger", "DeformConv" -> convolution(node.output(0), node.input(1));
            case "QLinearConv" -> convolution(node.output(0), node.input(3));
            // Every input element meets one slice of the kernel [inC, outC/groups, k...].
            case "ConvTranspose" -> convolution(node.input(0), node.input(1));
            case "MatMul", "MatMulInteger", "QLinearMatMul" ->
                product(elements(node.output(0)), dim(node.input(0), -1));
            case "Gemm" -> {
                int reduced = node.intAttribute("transA", 0) == 0 ? 1 : 0;
                yield product(elements(node.output(0)), dim(node.input(0), reduced));
            }
            case "LSTM", "GRU", "RNN" -> recurrent(node);
            case "Einsum" -> einsum(node);
            case "Attention" -> OptionalLong.empty();
            default -> OptionalLong.of(0);
        };
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
        var operands = node.stringAttribute("equation", "")
                .replace(" ", "")
                .split("->", -1)[0]
                .split(",", -1);
        if (operands.length != node.inputs().size()) {
            return OptionalLong.empty();
        }
        if (operands.length == 1) {
            return OptionalLong.of(0);
        }
        Map<Character, Long> sizes = new HashMap<>();
        for (int i = 0; i < operands.length; i++) {
            var dims = sizes(node.input(i));
            if (dims.isEmpty() || dims.get().size() != operands[i].length()) {
                return OptionalLong.empty();
            }
            for (int axis = 0; axis < operands[i].length(); axis++) {
                // A size of 1 may be broadcast.
                sizes.merge(operands[i].charAt(axis), dims.get().get(axis), Math::max);
            }
        }
        long macs = sizes.values().stream().reduce(1L, Math::multiplyExact);
        return OptionalLong.of(Math.multiplyExact(macs, operands.length - 1L));
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

    private static OptionalLong product(OptionalLong a, OptionalLong b) {
        return a.isPresent() && b.isPresent()
                ? OptionalLong.of(Math.multiplyExact(a.getAsLong(), b.getAsLong()))
                : OptionalLong.empty();
    }
}
