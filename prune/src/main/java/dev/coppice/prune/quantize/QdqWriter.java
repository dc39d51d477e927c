package dev.coppice.prune.quantize;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.DType;
import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.edit.FreshNames;
import dev.coppice.ir.edit.GraphEditor;
import dev.coppice.ir.eval.Tensors;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Writes QuantizeLinear and DequantizeLinear round the nodes of a plan. A value that is made in uint8 keeps its name in float, so that whoever
 * reads it (bodies and graph outputs too) need not know: {@code V.float -> QuantizeLinear -> V.quantized -> DequantizeLinear -> V}.
 */
final class QdqWriter {

    private final StaticPlan plan;
    private final Map<String, ActivationRange> ranges;
    private final GraphEditor editor;
    private final Int8Constants constants;
    private final FreshNames names;
    private final Map<String, Coded> coded = new HashMap<>();
    private final Map<String, String> dequantized = new HashMap<>();
    private final List<Node> written = new ArrayList<>();

    /** The uint8 form of a value, and its scale and zero point: their names and what they are. */
    private record Coded(String codes, String scaleName, String zeroName, ActivationScale scale) {}

    QdqWriter(StaticPlan plan, Map<String, ActivationRange> ranges, Int8Range range, GraphEditor editor) {
        this.plan = plan;
        this.ranges = ranges;
        this.editor = editor;
        this.names = FreshNames.ofValues(plan.graph().model().graph());
        this.constants = new Int8Constants(range, editor, names::of);
    }

    /** Puts the quantized graph in the place of the float one; returns what became of each layer. */
    List<QuantizedLayer> write() {
        var layers = new ArrayList<QuantizedLayer>();
        for (var node : plan.graph().nodes()) {
            written.clear();
            var layer = plan.layers().get(node.output(0));
            if (layer != null) {
                layers.add(write(layer));
            } else if (plan.isAbsorbed(node)) {
                editor.remove(node);
                continue;
            } else {
                plan.carrying(node).ifPresent(how -> write(node, how));
            }
            if (!written.isEmpty()) {
                editor.replace(node, written.toArray(Node[]::new));
            }
        }
        return layers;
    }

    private QuantizedLayer write(Int8Layer layer) {
        var node = layer.node();
        var input = quantized(node.input(0));
        var stored = constants.of(layer, input.scale().scale());
        var inputs = new ArrayList<>(List.of(dequantized(node.input(0)), dequantize(stored.weight(), layer.axis())));
        if (!stored.bias().values().isEmpty()) {
            inputs.add(dequantize(stored.bias(), 0));
        }
        compute(node, inputs);
        return stored.layer();
    }

    private void write(Node node, Carrying how) {
        switch (how) {
            case Carrying.Computes _ ->
                compute(node, node.inputs().stream().map(this::dequantized).toList());
            case Carrying.AddsConstant(int operand, float value) -> {
                var inputs = new ArrayList<>(node.inputs());
                inputs.set(operand, constant(node.output(0), value));
                inputs.set(1 - operand, dequantized(node.input(1 - operand)));
                compute(node, inputs);
            }
            case Carrying.Moves _ -> move(node);
            case Carrying.Pads _ -> {
                var own = coded(node.input(0));
                var inputs = new ArrayList<>(node.inputs());
                inputs.set(0, own.codes());
                while (inputs.size() < 3) {
                    inputs.add("");
                }
                inputs.set(2, own.zeroName());
                var codes = names.of(node.output(0) + ".quantized");
                written.add(node.withInputs(inputs).withOutputs(List.of(codes)));
                dequantize(node.output(0), new Coded(codes, own.scaleName(), own.zeroName(), own.scale()));
            }
            case Carrying.Rescales(float factor) -> {
                var own = coded(plan.graph().isActivation(node.input(0)) ? node.input(0) : node.input(1));
                var scale = own.scale().times(factor);
                var scaleName = put(node.output(0) + ".scale", Tensors.ofFloats(List.of(), scale.scale()));
                dequantize(node.output(0), new Coded(own.codes(), scaleName, own.zeroName(), scale));
            }
        }
    }

    private void move(Node node) {
        var own = coded(node.input(0));
        var inputs = new ArrayList<>(node.inputs());
        inputs.set(0, dequantized(node.input(0)));
        var outputs = node.outputs().stream()
                .map(output -> output.isEmpty() ? "" : names.of(output + ".float"))
                .toList();
        written.add(node.withInputs(inputs).withOutputs(outputs));
        for (int i = 0; i < outputs.size(); i++) {
            if (!outputs.get(i).isEmpty()) {
                quantize(outputs.get(i), node.output(i), own);
            }
        }
    }

    /** Writes a node that computes; its output is quantized where the plan says so. */
    private void compute(Node node, List<String> inputs) {
        var output = plan.quantizedOutput(node);
        if (!plan.isQuantized(output)) {
            written.add(node.withInputs(inputs));
            return;
        }
        var raw = names.of(output + ".float");
        written.add(node.withInputs(inputs).withOutputs(List.of(raw)));
        quantize(raw, output, parameters(output));
    }

    private void quantize(String from, String value, Coded like) {
        var codes = names.of(value + ".quantized");
        written.add(Node.of(codes, "QuantizeLinear", List.of(from, like.scaleName(), like.zeroName()), List.of(codes)));
        dequantize(value, new Coded(codes, like.scaleName(), like.zeroName(), like.scale()));
    }

    private void dequantize(String value, Coded own) {
        coded.put(value, own);
        dequantized.put(value, value);
        written.add(Node.of(
                value + ".DequantizeLinear",
                "DequantizeLinear",
                List.of(own.codes(), own.scaleName(), own.zeroName()),
                List.of(value)));
    }

    /** Returns the codes of a value, which the plan says to be made in uint8. */
    private Coded coded(String value) {
        return Objects.requireNonNull(coded.get(value), value);
    }

    /** Returns the codes of a value that may be made in float, too. */
    private Coded quantized(String value) {
        dequantized(value);
        return coded(value);
    }

    /** Returns the name under which nodes on integers read a value; one that is made in float is quantized first, once. */
    private String dequantized(String value) {
        return dequantized.computeIfAbsent(value, _ -> {
            var own = parameters(value);
            var codes = names.of(value + ".quantized");
            var name = names.of(value + ".dequantized");
            written.add(
                    Node.of(codes, "QuantizeLinear", List.of(value, own.scaleName(), own.zeroName()), List.of(codes)));
            written.add(
                    Node.of(name, "DequantizeLinear", List.of(codes, own.scaleName(), own.zeroName()), List.of(name)));
            coded.put(value, new Coded(codes, own.scaleName(), own.zeroName(), own.scale()));
            return name;
        });
    }

    /** Stores the scale and the zero point of a value's range. */
    private Coded parameters(String value) {
        var range = ranges.get(value);
        if (range == null) {
            throw new IllegalArgumentException("no range of " + value);
        }
        var scale = ActivationScale.of(range);
        var scaleName = put(value + ".scale", Tensors.ofFloats(List.of(), scale.scale()));
        var zeroName = put(
                value + ".zero_point", Tensors.ofBytes(DType.UINT8, List.of(), new byte[] {(byte) scale.zeroPoint()}));
        return new Coded("", scaleName, zeroName, scale);
    }

    private String constant(String output, float value) {
        var scale = ActivationScale.ofConstant(value);
        var codes = put(
                output + ".constant",
                Tensors.ofBytes(DType.UINT8, List.of(), new byte[] {(byte) scale.quantize(value)}));
        var scaleName = put(output + ".constant.scale", Tensors.ofFloats(List.of(), scale.scale()));
        var zeroName = put(
                output + ".constant.zero_point",
                Tensors.ofBytes(DType.UINT8, List.of(), new byte[] {(byte) scale.zeroPoint()}));
        var name = names.of(output + ".constant.dequantized");
        written.add(Node.of(name, "DequantizeLinear", List.of(codes, scaleName, zeroName), List.of(name)));
        return name;
    }

    private String dequantize(Int8Constants.Stored stored, int axis) {
        var name = names.of(stored.values() + ".dequantized");
        var inputs = new ArrayList<>(List.of(stored.values(), stored.scales()));
        if (!stored.zeros().isEmpty()) {
            inputs.add(stored.zeros());
        }
        written.add(Node.of(name, "DequantizeLinear", inputs, List.of(name), Attribute.of("axis", (long) axis)));
        return name;
    }

    private String put(String wanted, Tensor tensor) {
        var name = names.of(wanted);
        editor.put(tensor.withName(name));
        return name;
    }
}
