package dev.coppice.bench.fuzz;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.DType;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Node;
import dev.coppice.ir.eval.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** One change to one node: its attributes, operands, outputs, or what it is. */
final class NodeMutation {

    private static final List<String> OPERATORS = List.of(
            ("Conv ConvTranspose MatMul Gemm Add Mul Concat Split Slice Gather GatherND GatherElements ScatterND"
                            + " Reshape Transpose Squeeze Unsqueeze Flatten Expand Tile Pad Resize LSTM GRU RNN BatchNormalization"
                            + " InstanceNormalization LayerNormalization GroupNormalization RMSNormalization LRN Softmax"
                            + " ReduceMean ReduceSum ArgMax CumSum TopK MaxPool AveragePool GlobalAveragePool DepthToSpace"
                            + " SpaceToDepth Einsum OneHot Range Shape Size ConstantOfShape Where NonZero Trilu EyeLike"
                            + " QuantizeLinear DequantizeLinear QLinearMatMul MatMulInteger DynamicQuantizeLinear DeformConv"
                            + " GridSample RoiAlign MaxUnpool PRelu Attention RotaryEmbedding If Loop Scan SequenceConstruct"
                            + " ConcatFromSequence SplitToSequence DFT STFT Col2Im ReverseSequence NonMaxSuppression Dropout"
                            + " Identity Cast Constant Upsample Det Compress Unique MelWeightMatrix HannWindow Bernoulli")
                    .split(" "));

    private static final List<String> ATTRIBUTES = List.of(
            ("axis axes perm group kernel_shape pads strides dilations keepdims transA transB hidden_size direction"
                            + " layout blocksize num_groups split num_outputs to value mode equation epsilon batch_dims start end"
                            + " allowzero num_heads kv_num_heads q_num_heads output_padding output_shape auto_pad alpha size"
                            + " num_scan_inputs scan_input_axes body offset_group qkv_hidden_sizes noop_with_empty_axes")
                    .split(" "));

    private NodeMutation() {}

    static Node apply(Node node, Graph graph, RandomGenerator random) {
        return switch (random.nextInt(10)) {
            case 0, 1, 2 -> with(node, node.inputs(), node.outputs(), attributes(node, random));
            case 3, 4, 5, 6 -> with(node, operands(node.inputs(), graph, random), node.outputs(), node.attributes());
            case 7 -> with(node, node.inputs(), outputs(node.outputs(), random), node.attributes());
            case 8 -> renamed(node, node.domain(), Hostile.any(OPERATORS, random));
            default -> renamed(node, random.nextBoolean() ? "com.microsoft" : "", node.opType());
        };
    }

    private static Node renamed(Node node, String domain, String op) {
        return new Node(node.name(), op, domain, node.inputs(), node.outputs(), node.attributes(), node.carried());
    }

    private static Node with(Node node, List<String> inputs, List<String> outputs, List<Attribute> attributes) {
        return new Node(node.name(), node.opType(), node.domain(), inputs, outputs, attributes, node.carried());
    }

    private static List<String> operands(List<String> inputs, Graph graph, RandomGenerator random) {
        var names = new ArrayList<>(inputs);
        var known = new ArrayList<String>(List.of(""));
        graph.initializers().forEach(tensor -> known.add(tensor.name()));
        graph.inputs().forEach(input -> known.add(input.name()));
        graph.nodes().forEach(node -> known.addAll(node.outputs()));
        if (names.isEmpty() || random.nextInt(4) == 0) {
            names.add(random.nextInt(names.size() + 1), Hostile.any(known, random));
            return names;
        }
        int at = random.nextInt(names.size());
        switch (random.nextInt(4)) {
            case 0 -> names.remove(at);
            case 1 -> names.set(at, names.get(random.nextInt(names.size())));
            case 2 -> names.set(at, "");
            default -> names.set(at, Hostile.any(known, random));
        }
        return names;
    }

    private static List<String> outputs(List<String> outputs, RandomGenerator random) {
        var names = new ArrayList<>(outputs);
        switch (random.nextInt(4)) {
            case 0 -> names.removeFirst();
            case 1 -> names.add("extra");
            case 2 -> names.add(0, "");
            default -> {
                for (int i = 0; i < 40; i++) {
                    names.add("extra" + i);
                }
            }
        }
        return names;
    }

    private static List<Attribute> attributes(Node node, RandomGenerator random) {
        var attributes = new ArrayList<>(node.attributes());
        if (attributes.isEmpty() || random.nextInt(4) == 0) {
            attributes.add(Attribute.of(Hostile.any(ATTRIBUTES, random), value(random)));
            return attributes;
        }
        int at = random.nextInt(attributes.size());
        var attribute = attributes.get(at);
        switch (random.nextInt(4)) {
            case 0 -> attributes.remove(at);
            case 1 -> attributes.set(at, Attribute.of(attribute.name(), value(random)));
            default -> attributes.set(at, Attribute.of(attribute.name(), changed(attribute.value(), random)));
        }
        return attributes;
    }

    private static Attribute.Value changed(Attribute.Value value, RandomGenerator random) {
        return switch (value) {
            case Attribute.IntValue _ -> new Attribute.IntValue(Hostile.number(random));
            case Attribute.IntsValue(var numbers) -> new Attribute.IntsValue(numbers(numbers, random));
            case Attribute.StringValue _ ->
                Attribute.of("", Hostile.name(random)).value();
            case Attribute.GraphValue(var body) -> new Attribute.GraphValue(GraphMutation.apply(body, random));
            default -> value(random);
        };
    }

    private static List<Long> numbers(List<Long> numbers, RandomGenerator random) {
        var changed = new ArrayList<>(numbers);
        if (changed.isEmpty() || random.nextInt(3) == 0) {
            changed.add(Hostile.number(random));
        } else if (random.nextInt(3) == 0) {
            changed.removeLast();
        } else {
            changed.set(random.nextInt(changed.size()), Hostile.number(random));
        }
        return changed;
    }

    private static Attribute.Value value(RandomGenerator random) {
        return switch (random.nextInt(6)) {
            case 0, 1 -> new Attribute.IntValue(Hostile.number(random));
            case 2 -> new Attribute.FloatValue(random.nextBoolean() ? Float.NaN : random.nextFloat());
            case 3 -> new Attribute.IntsValue(numbers(List.of(0L, 1L), random));
            case 4 ->
                new Attribute.TensorValue(
                        Tensors.ofLongs(DType.INT64, List.of(2L), new long[] {3, Hostile.number(random)}));
            default -> Attribute.of("", Hostile.name(random)).value();
        };
    }
}
