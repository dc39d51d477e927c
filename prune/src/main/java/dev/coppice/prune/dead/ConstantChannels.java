package dev.coppice.prune.dead;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Malformed;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.eval.Normalizations;
import dev.coppice.ir.layer.WeightOperator;
import dev.coppice.ir.shape.ShapeInference;
import dev.coppice.ir.shape.Shapes;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds channels whose value is the same for every input, by going through the graph once: a channel whose weights are all zero is its
 * bias, and stays constant through activations and normalisation by stored statistics.
 */
final class ConstantChannels {

    private final Stored stored;
    private final Shapes shapes;
    private final Map<String, Channels> known = new HashMap<>();

    /** What a node makes of constant channels; null when nothing is known. */
    @FunctionalInterface
    interface Rule {
        @Nullable
        Channels apply(Node node, ConstantChannels of);
    }

    /** Values that are constant along longer axes are not looked for. */
    private static final long MOST_CHANNELS = 1 << 22;

    private static final Map<String, Rule> TABLE = table();

    /**
     * Goes through a model.
     *
     * @throws BadModelException when its shapes contradict each other
     */
    ConstantChannels(Model model, Stored stored) {
        this.stored = stored;
        this.shapes = ShapeInference.infer(model);
        for (var node : model.graph().nodes()) {
            var rule = node.isStandard() && !model.calls(node) ? TABLE.get(node.opType()) : null;
            var channels = rule == null || isLong(node.output(0))
                    ? null
                    : Malformed.<@Nullable Channels>guard(node, "what is constant of it", () -> rule.apply(node, this));
            if (channels != null && matches(node.output(0), channels)) {
                known.put(node.output(0), channels);
            }
        }
    }

    /** Says whether a value has more channels than weights could make. */
    private boolean isLong(String value) {
        return shapes.shape(value)
                .filter(shape -> shape.dims().stream()
                        .anyMatch(dim -> dim instanceof Dim.Known(long size) && size > MOST_CHANNELS))
                .isPresent();
    }

    private static Map<String, Rule> table() {
        var table = new HashMap<String, Rule>();
        for (var operator : WeightOperator.values()) {
            table.put(operator.opType(), ConstantChannels::linear);
        }
        table.put("BatchNormalization", ConstantChannels::batchNorm);
        table.putAll(ElementwiseConstants.TABLE);
        table.putAll(MovementConstants.TABLE);
        return Map.copyOf(table);
    }

    /** Says whether a value has as many indices along the axis as are known. */
    private boolean matches(String value, Channels channels) {
        var shape = shapes.shape(value);
        return shape.isPresent()
                && channels.axis() < shape.get().rank()
                && shape.get().dim(channels.axis()) instanceof Dim.Known(long size)
                && size == channels.values().length;
    }

    @Nullable
    Channels get(String value) {
        return known.get(value);
    }

    Shapes shapes() {
        return shapes;
    }

    @Nullable
    Tensor stored(String value) {
        return stored.get(value);
    }

    Optional<StoredLayer> linear(Node node) {
        return Optional.ofNullable(StoredLayer.of(node, stored, shapes));
    }

    /** Returns what a node's products may take for constant: at a padded border only zeros are. */
    @Nullable
    Channels read(StoredLayer linear) {
        var data = get(linear.node().input(0));
        if (data == null || data.axis() != linear.axis() || data.values().length != linear.channels()) {
            return null;
        }
        return linear.isPadded() ? data.zeros() : data;
    }

    private static @Nullable Channels linear(Node node, ConstantChannels of) {
        var linear = StoredLayer.of(node, of.stored, of.shapes);
        if (linear == null) {
            return null;
        }
        var bias = of.bias(linear);
        if (bias == null) {
            return null;
        }
        var data = of.read(linear);
        if (data == null) {
            var occupied =
                    Occupancy.of(linear.weight(), List.of()).get(linear.layer().weightAxis());
            return occupied.cardinality() == linear.outputs()
                    ? null
                    : Channels.of(linear.axis(), where(bias, occupied));
        }
        var sums = bias.clone();
        linear.forEach((_, output, input, weight) -> sums[output] += weight * data.values()[input]);
        return Channels.of(linear.axis(), sums);
    }

    private static double[] where(double[] values, BitSet varying) {
        var result = values.clone();
        varying.stream().forEach(i -> result[i] = Double.NaN);
        return result;
    }

    /** Returns what is added to each output; null when that is not stored. */
    private double @Nullable [] bias(StoredLayer linear) {
        var bias = new double[linear.outputs()];
        if (linear.bias().isEmpty()) {
            return bias;
        }
        var tensor = stored.get(linear.bias());
        if (tensor == null || (tensor.size() != 1 && !isRow(tensor, bias.length))) {
            return null;
        }
        var values = Stored.values(tensor);
        Arrays.setAll(bias, i -> values[values.length == 1 ? 0 : i]);
        return bias;
    }

    /** Says whether a constant has an element for each index of the last axis, and all others are one. */
    static boolean isRow(Tensor tensor, int length) {
        return !tensor.dims().isEmpty()
                && tensor.size() == length
                && tensor.dims().getLast() == length;
    }

    /** {@code (x - mean) / sqrt(variance + epsilon) * scale + bias}, in the order scale, bias, mean, variance. */
    private static @Nullable Channels batchNorm(Node node, ConstantChannels of) {
        var parameters = new double[4][];
        for (int i = 0; i < 4; i++) {
            var tensor = of.stored.get(node.input(i + 1));
            if (tensor == null) {
                return null;
            }
            parameters[i] = Stored.values(tensor);
        }
        if (Normalizations.isTraining(node)) {
            return null;
        }
        int count = parameters[0].length;
        var data = of.get(node.input(0));
        var x = data != null && data.axis() == 1 ? data.values() : Channels.varying(count);
        var out = new double[count];
        double epsilon = node.floatAttribute("epsilon", 1e-5f);
        for (int i = 0; i < count; i++) {
            double scale = parameters[0][i] / Math.sqrt(parameters[3][i] + epsilon);
            out[i] = scale == 0 ? parameters[1][i] : (x[i] - parameters[2][i]) * scale + parameters[1][i];
        }
        return Channels.of(1, out);
    }
}
