package dev.coppice.prune.dead;

import dev.coppice.ir.DType;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import dev.coppice.ir.eval.ConstantEvaluator;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;

/** Constant channels through operators that work element by element. */
final class ElementwiseConstants {

    static final Map<String, ConstantChannels.Rule> TABLE = table();

    private ElementwiseConstants() {}

    private static Map<String, ConstantChannels.Rule> table() {
        var table = new HashMap<String, ConstantChannels.Rule>();
        for (var op : List.of(
                "Neg", "Abs", "Sign", "Relu", "Sqrt", "Reciprocal", "Floor", "Ceil", "Exp", "Log", "Cast", "Clip")) {
            table.put(op, ElementwiseConstants::evaluated);
        }
        for (var op : List.of(
                "Identity",
                "Dropout",
                "LeakyRelu",
                "Sigmoid",
                "Tanh",
                "Erf",
                "Gelu",
                "Elu",
                "Softplus",
                "HardSigmoid",
                "HardSwish",
                "Swish")) {
            table.put(op, (node, of) -> unary(node, of, function(node)));
        }
        // NaN stands for what is not known, so that a sum with it is not known either.
        table.put("Add", (node, of) -> binary(node, of, Double::sum));
        table.put("Sub", (node, of) -> binary(node, of, (a, b) -> a - b));
        table.put("Div", (node, of) -> binary(node, of, (a, b) -> a / b));
        table.put("Mul", (node, of) -> binary(node, of, (a, b) -> a == 0 || b == 0 ? 0 : a * b));
        table.put("Max", (node, of) -> binary(node, of, Math::max));
        table.put("Min", (node, of) -> binary(node, of, Math::min));
        table.put("Pow", (node, of) -> binary(node, of, (a, b) -> Double.isNaN(a) ? a : Math.pow(a, b)));
        table.put("PRelu", (node, of) -> binary(node, of, (a, b) -> a >= 0 ? a : a * b));
        return table;
    }

    private static DoubleUnaryOperator function(Node node) {
        return switch (node.opType()) {
            case "Identity", "Dropout" -> DoubleUnaryOperator.identity();
            case "LeakyRelu" -> x -> x >= 0 ? x : x * node.floatAttribute("alpha", 0.01f);
            case "Sigmoid" -> ElementwiseConstants::sigmoid;
            case "Tanh" -> Math::tanh;
            case "Erf" -> ElementwiseConstants::erf;
            case "Gelu" ->
                node.stringAttribute("approximate", "none").equals("tanh")
                        ? x -> x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)))
                        : x -> x / 2 * (1 + erf(x / Math.sqrt(2)));
            case "Elu" -> x -> x >= 0 ? x : node.floatAttribute("alpha", 1) * Math.expm1(x);
            case "Softplus" -> x -> Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
            case "HardSigmoid" ->
                x -> Math.clamp(x * node.floatAttribute("alpha", 0.2f) + node.floatAttribute("beta", 0.5f), 0, 1);
            case "HardSwish" -> x -> x * Math.clamp(x / 6 + 0.5, 0, 1);
            case "Swish" -> x -> x * sigmoid(x * node.floatAttribute("alpha", 1));
            default -> throw new IllegalArgumentException(node.opType());
        };
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    /** The error function by its series of positive terms (Abramowitz and Stegun 1964, 7.1.6), to the last digits of a float32. */
    static double erf(double x) {
        if (Math.abs(x) > 6) {
            return Math.signum(x);
        }
        double term = x;
        double sum = x;
        for (int n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }
        return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
    }

    private static @Nullable Channels unary(Node node, ConstantChannels of, DoubleUnaryOperator function) {
        var data = of.get(node.input(0));
        boolean training = node.is("Dropout") && !node.input(2).isEmpty();
        return data == null || training
                ? null
                : Channels.of(
                        data.axis(),
                        Arrays.stream(data.values())
                                .map(x -> Double.isNaN(x) ? x : function.applyAsDouble(x))
                                .toArray());
    }

    /** Computes the constants as one vector, by the evaluator that folds constants. */
    private static @Nullable Channels evaluated(Node node, ConstantChannels of) {
        var data = of.get(node.input(0));
        if (data == null) {
            return null;
        }
        var operands = new ArrayList<@Nullable Tensor>();
        operands.add(vector(data.values()));
        for (int i = 1; i < node.inputs().size(); i++) {
            var operand = node.input(i).isEmpty() ? null : of.stored(node.input(i));
            if (!node.input(i).isEmpty() && (operand == null || operand.type() != DType.FLOAT)) {
                return null;
            }
            operands.add(operand);
        }
        var results = ConstantEvaluator.evaluate(node, operands, data.values().length);
        if (results.isEmpty() || !results.get().getFirst().type().prunable()) {
            return null;
        }
        var values = Stored.values(results.get().getFirst());
        for (int i = 0; i < values.length; i++) {
            values[i] = Double.isNaN(data.values()[i]) ? Double.NaN : values[i];
        }
        return Channels.of(data.axis(), values);
    }

    static Tensor vector(double[] values) {
        var bytes = Arena.ofAuto().allocate(Math.max(4, 4L * values.length), 8).asSlice(0, 4L * values.length);
        for (int i = 0; i < values.length; i++) {
            bytes.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) values[i]);
        }
        return Tensor.of("", DType.FLOAT, List.of((long) values.length), new TensorData.Bytes(bytes));
    }

    private static @Nullable Channels binary(Node node, ConstantChannels of, DoubleBinaryOperator function) {
        var shape = of.shapes().shape(node.output(0));
        int fromEnd = shape.isEmpty() ? -1 : axisFromEnd(node, of);
        if (fromEnd < 0 || fromEnd >= shape.get().rank() || node.inputs().isEmpty()) {
            return null;
        }
        int axis = shape.get().rank() - 1 - fromEnd;
        if (!(shape.get().dim(axis) instanceof Dim.Known(long size)) || size > Integer.MAX_VALUE) {
            return null;
        }
        var result = along(node.input(0), of, fromEnd, (int) size);
        for (int operand = 1; operand < node.inputs().size(); operand++) {
            var other = along(node.input(operand), of, fromEnd, (int) size);
            var left = result;
            result = new double[left.length];
            Arrays.setAll(result, i -> function.applyAsDouble(left[i], other[i]));
        }
        return Channels.of(axis, result);
    }

    /** Returns the axis, counted from the end, along which an operand is known; -1 when none is. */
    private static int axisFromEnd(Node node, ConstantChannels of) {
        for (var input : node.inputs()) {
            var channels = of.get(input);
            var shape = of.shapes().shape(input);
            if (channels != null && shape.isPresent()) {
                return shape.get().rank() - 1 - channels.axis();
            }
        }
        if (node.is("Mul")) {
            for (var input : node.inputs()) {
                var tensor = of.stored(input);
                // A vector may have zeros, which make channels constant; a matrix has no one axis.
                if (tensor != null && !DeadUnits.isMatrix(tensor) && tensor.size() > 1) {
                    return tensor.dims().reversed().indexOf(tensor.size());
                }
            }
        }
        return -1;
    }

    /** Returns an operand's values along an axis of the result, NaN where they are not known or not the same. */
    private static double[] along(String operand, ConstantChannels of, int fromEnd, int size) {
        var tensor = of.stored(operand);
        if (tensor != null && (tensor.size() == 1 || tensor.size() == size)) {
            var values = Stored.values(tensor);
            int axis = tensor.dims().size() - 1 - fromEnd;
            if (tensor.size() == 1) {
                var same = new double[size];
                Arrays.fill(same, values[0]);
                return same;
            }
            return axis >= 0 && tensor.dims().get(axis) == size ? values : Channels.varying(size);
        }
        var channels = of.get(operand);
        var shape = of.shapes().shape(operand);
        if (channels == null || shape.isEmpty()) {
            return Channels.varying(size);
        }
        boolean fits = shape.get().rank() - 1 - channels.axis() == fromEnd && channels.values().length == size;
        return fits ? channels.values() : Channels.varying(size);
    }
}
