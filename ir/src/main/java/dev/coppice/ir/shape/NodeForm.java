package dev.coppice.ir.shape;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Node;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Checks the form of a node before any rule looks at it: that the operands are there which its operator cannot do without, that
 * attributes are of their kind, and that counts are positive.
 */
final class NodeForm {

    /** Attributes that are one integer, whatever the operator. */
    private static final List<String> INTEGERS = List.of(
            "axis",
            "group",
            "keepdims",
            "transA",
            "transB",
            "hidden_size",
            "blocksize",
            "num_groups",
            "num_heads",
            "q_num_heads",
            "kv_num_heads",
            "batch_dims",
            "allowzero",
            "num_outputs");

    /** Attributes that are a list of integers. */
    private static final List<String> LISTS = List.of(
            "axes",
            "perm",
            "kernel_shape",
            "strides",
            "dilations",
            "pads",
            "split",
            "starts",
            "ends",
            "output_padding",
            "output_shape");

    private static final List<String> TEXTS = List.of("mode", "equation", "direction", "auto_pad");

    /** Attributes that count something. */
    private static final List<String> COUNTS =
            List.of("group", "blocksize", "num_groups", "hidden_size", "num_outputs");

    /** Operators that cannot do without their first operands, and without how many of them. */
    private static final Map<String, Integer> OPERANDS = operands();

    /** The most operands that an operator takes, where a rule looks at all there are. */
    private static final Map<String, Integer> MOST_OPERANDS = Map.of(
            "Conv",
            3,
            "ConvTranspose",
            3,
            "Gemm",
            3,
            "MatMul",
            2,
            "BatchNormalization",
            5,
            "LSTM",
            8,
            "GRU",
            6,
            "RNN",
            6);

    /** Operands that have one element for each channel: from which one on, to which one. */
    private static final Map<String, List<Integer>> VECTORS = Map.of(
            "Conv", List.of(2, 2),
            "ConvTranspose", List.of(2, 2),
            "DeformConv", List.of(3, 3),
            "BatchNormalization", List.of(1, 4),
            "InstanceNormalization", List.of(1, 2),
            "GroupNormalization", List.of(1, 2));

    private NodeForm() {}

    private static Map<String, Integer> operands() {
        var operands = new HashMap<String, Integer>();
        for (var op : List.of(
                "Conv ConvTranspose ConvInteger MatMul MatMulInteger Add Sub Mul Div Pow Mod And Or Xor Equal Greater"
                        + " Less",
                "GreaterOrEqual LessOrEqual BitShift BitwiseAnd BitwiseOr BitwiseXor PRelu Gather GatherElements"
                        + " GatherND Expand",
                "LayerNormalization RMSNormalization MaxUnpool GridSample CumSum QuantizeLinear DequantizeLinear")) {
            for (var name : op.split(" ", -1)) {
                operands.put(name, 2);
            }
        }
        for (var name :
                ("LSTM GRU RNN Where ScatterElements ScatterND InstanceNormalization GroupNormalization DeformConv"
                                + " RoiAlign OneHot Range Attention RotaryEmbedding")
                        .split(" ", -1)) {
            operands.put(name, 3);
        }
        for (var name :
                ("Identity Relu Sigmoid Tanh Softmax LogSoftmax Hardmax Transpose Squeeze Unsqueeze Flatten Reshape"
                                + " Slice Split Pad Tile Shape Size Cast Concat Clip Resize Upsample MaxPool AveragePool LpPool"
                                + " GlobalAveragePool GlobalMaxPool GlobalLpPool DepthToSpace SpaceToDepth TopK Trilu ArgMax"
                                + " ArgMin ReduceMean ReduceSum ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceSumSquare"
                                + " ReduceLogSum ReduceLogSumExp Einsum ConstantOfShape NonZero LRN LpNormalization"
                                + " MeanVarianceNormalization DynamicQuantizeLinear Dropout")
                        .split(" ", -1)) {
            operands.put(name, 1);
        }
        operands.put("Gemm", 2);
        operands.put("BatchNormalization", 5);
        operands.put("QLinearConv", 8);
        operands.put("QLinearMatMul", 8);
        return Map.copyOf(operands);
    }

    /** Checks a node of the standard operators; throws {@link BadModelException}, which names it, when it cannot be well-formed. */
    static void check(NodeContext in) {
        var node = in.node();
        if (!node.isStandard()) {
            return;
        }
        int needed = OPERANDS.getOrDefault(node.opType(), 0);
        for (int i = 0; i < needed; i++) {
            if (node.input(i).isEmpty()) {
                throw bad(node, "its operand %d is missing: the operator needs %d".formatted(i, needed));
            }
        }
        int most = MOST_OPERANDS.getOrDefault(node.opType(), Integer.MAX_VALUE);
        if (node.inputs().size() > most) {
            throw bad(
                    node,
                    "it has %d operands: the operator takes %d"
                            .formatted(node.inputs().size(), most));
        }
        // Up to operator set 8 statistics may be of each place, too.
        boolean ofPlaces = node.is("BatchNormalization") && node.intAttribute("spatial", 1) == 0;
        var vectors = ofPlaces ? List.of(0, -1) : VECTORS.getOrDefault(node.opType(), List.of(0, -1));
        for (int i = vectors.getFirst(); i <= vectors.getLast(); i++) {
            var shape = in.has(i) ? in.shape(i) : null;
            if (shape != null && shape.rank() != 1) {
                throw bad(node, "its operand %d is of shape %s: the operator needs a vector".formatted(i, shape));
            }
        }
        for (var attribute : node.attributes()) {
            var name = attribute.name();
            if (attribute.value() instanceof Attribute.ReferenceValue) {
                continue;
            }
            boolean integer = attribute.value() instanceof Attribute.IntValue;
            if ((INTEGERS.contains(name) && !integer)
                    || (LISTS.contains(name) && !(attribute.value() instanceof Attribute.IntsValue))
                    || (TEXTS.contains(name) && !(attribute.value() instanceof Attribute.StringValue))) {
                throw bad(node, "its attribute '%s' is of another kind than the operator's".formatted(name));
            }
            if (COUNTS.contains(name)
                    && attribute.value() instanceof Attribute.IntValue(long count)
                    && (count < 1 || count > Integer.MAX_VALUE)) {
                throw bad(node, "its attribute '%s' is %d, which counts nothing".formatted(name, count));
            }
        }
    }

    private static BadModelException bad(Node node, String what) {
        return new BadModelException(
                "node '%s' (%s): %s".formatted(node.label(), node.opType(), what),
                "run the exporter's own checker (onnx.checker) on the model");
    }
}
