package dev.coppice.prune.quantize;

import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.edit.GraphEditor;
import dev.coppice.ir.eval.Tensors;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Stores weights in int8 and biases in int32; layers that share a weight share its int8 form. */
final class Int8Constants {

    /** Leaves room for the products that are added to a bias in int32. */
    private static final double MOST_BIAS = 1 << 30;

    private final Int8Range range;
    private final GraphEditor editor;
    private final UnaryOperator<String> naming;
    private final Map<WeightKey, Shared> weights = new HashMap<>();

    private record Shared(Stored stored, Int8Weight weight) {}

    /** Names of a quantized constant, its scales and its zero points; empty names where there is none. */
    record Stored(String values, String scales, String zeros) {}

    record Layer(Stored weight, Stored bias, QuantizedLayer layer) {}

    Int8Constants(Int8Range range, GraphEditor editor, UnaryOperator<String> naming) {
        this.range = range;
        this.editor = editor;
        this.naming = naming;
    }

    /** Stores a layer's constants for an input of a scale. */
    Layer of(Int8Layer layer, float inputScale) {
        var weight = layer.site().weight();
        var key = new WeightKey(weight, layer.axis());
        var shared = weights.get(key);
        var quantized = shared == null ? Int8Weight.of(weight, layer.axis(), range) : shared.weight();
        var fitted = fitted(layer, quantized, inputScale);
        if (shared == null || !fitted.equals(quantized)) {
            shared = new Shared(put(weight.name(), fitted), fitted);
            weights.putIfAbsent(key, shared);
        }
        var bias = bias(layer, fitted, inputScale);
        return new Layer(shared.stored(), bias, describe(layer, shared));
    }

    private static QuantizedLayer describe(Int8Layer layer, Shared shared) {
        var weight = layer.site().weight();
        long scales = shared.weight().scales().byteSize() + layer.channels();
        return new QuantizedLayer(
                layer.node(),
                weight.name(),
                shared.stored().values(),
                weight.dims(),
                shared.weight().zeros(),
                weight.source().type().bytes(weight.size()) + 4L * layer.bias().length,
                weight.size() + scales + 4L * layer.bias().length);
    }

    private Stored put(String name, Int8Weight weight) {
        var values = put(name + ".int8", weight.values());
        var scales = put(name + ".int8.scale", weight.scales());
        int channels = Math.toIntExact(weight.scales().size());
        var zeros = put(
                name + ".int8.zero_point", Tensors.ofBytes(DType.INT8, List.of((long) channels), new byte[channels]));
        return new Stored(values, scales, zeros);
    }

    /** Stores the bias in int32, in units of the products: input scale times weight scale. */
    private Stored bias(Int8Layer layer, Int8Weight weight, float inputScale) {
        if (layer.bias().length == 0) {
            return new Stored("", "", "");
        }
        var scales = floats(weight.scales());
        var values = new long[scales.length];
        for (int c = 0; c < scales.length; c++) {
            scales[c] *= inputScale;
            values[c] = (long) Math.rint((double) layer.bias()[c] / scales[c]);
        }
        var dims = List.of((long) values.length);
        var name = layer.node().output(0) + ".bias.int32";
        return new Stored(
                put(name, Tensors.ofLongs(DType.INT32, dims, values)),
                put(name + ".scale", Tensors.ofFloats(dims, scales)),
                "");
    }

    /** Makes the scales of weights so great that their biases fit in int32: a channel of next to no weights may have a great bias. */
    private Int8Weight fitted(Int8Layer layer, Int8Weight weight, float inputScale) {
        var scales = floats(weight.scales());
        boolean fits = true;
        for (int c = 0; c < layer.bias().length; c++) {
            double least = Math.abs(layer.bias()[c]) / (MOST_BIAS * inputScale);
            if (scales[c] < least || scales[c] * inputScale < Float.MIN_NORMAL) {
                scales[c] = (float) Math.max(least * 1.001, 2 * Float.MIN_NORMAL / inputScale);
                fits = false;
            }
        }
        return fits ? weight : Int8Weight.of(layer.site().weight(), layer.axis(), range, scales);
    }

    private String put(String wanted, Tensor tensor) {
        var name = naming.apply(wanted);
        editor.put(tensor.withName(name));
        return name;
    }

    private static float[] floats(Tensor tensor) {
        var values = new float[Math.toIntExact(tensor.size())];
        Elements.floats(tensor, 0, values, values.length);
        return values;
    }
}
