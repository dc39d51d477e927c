package dev.coppice.ir.shape;

import dev.coppice.ir.DType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Operators whose output has the shape of the first input, or of all inputs broadcast together. */
final class ElementwiseRules {

    private static final List<String> SAME = List.of(
            "Abs",
            "Acos",
            "Acosh",
            "Asin",
            "Asinh",
            "Atan",
            "Atanh",
            "BitwiseNot",
            "Ceil",
            "Celu",
            "Clip",
            "Cos",
            "Cosh",
            "CumSum",
            "CumProd",
            "Elu",
            "Erf",
            "Exp",
            "Floor",
            "Gelu",
            "Hardmax",
            "HardSigmoid",
            "HardSwish",
            "Identity",
            "ImageScaler",
            "LeakyRelu",
            "Log",
            "LogSoftmax",
            "LpNormalization",
            "LRN",
            "MeanVarianceNormalization",
            "Mish",
            "Neg",
            "PRelu",
            "ParametricSoftplus",
            "Reciprocal",
            "Relu",
            "ReverseSequence",
            "Round",
            "ScaledTanh",
            "Selu",
            "Shrink",
            "Sigmoid",
            "Sign",
            "Sin",
            "Sinh",
            "Softmax",
            "Softplus",
            "Softsign",
            "Sqrt",
            "Swish",
            "Tan",
            "Tanh",
            "ThresholdedRelu",
            "Trilu",
            "com.microsoft::Gelu",
            "com.microsoft::FastGelu",
            "com.microsoft::BiasGelu",
            "com.microsoft::QuickGelu",
            "com.microsoft::BiasSoftmax",
            "com.microsoft::QLinearSigmoid",
            "com.microsoft::QLinearLeakyRelu",
            "com.microsoft::QLinearSoftmax",
            "com.microsoft::Trilu");

    private static final List<String> SAME_BOOL = List.of("Not", "IsNaN", "IsInf");

    private static final List<String> BROADCAST = List.of(
            "Add",
            "And",
            "BitShift",
            "BitwiseAnd",
            "BitwiseOr",
            "BitwiseXor",
            "Div",
            "Max",
            "Mean",
            "Min",
            "Mod",
            "Mul",
            "Or",
            "Pow",
            "Sub",
            "Sum",
            "Xor");

    private static final List<String> BROADCAST_BOOL =
            List.of("Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual");

    static final Map<String, Rule> RULES = rules();

    private ElementwiseRules() {}

    private static Map<String, Rule> rules() {
        var rules = new HashMap<String, Rule>();
        SAME.forEach(op -> rules.put(op, in -> List.of(in.like(0))));
        SAME_BOOL.forEach(op -> rules.put(op, in -> List.of(in.like(0, DType.BOOL))));
        BROADCAST.forEach(op -> rules.put(op, in -> broadcast(in, in.type(0))));
        BROADCAST_BOOL.forEach(op -> rules.put(op, in -> broadcast(in, DType.BOOL)));
        rules.put("Where", in -> broadcast(in, in.type(1) == null ? in.type(2) : in.type(1)));
        rules.put("Cast", in -> List.of(in.like(0, in.typeAttribute("to", null))));
        rules.put("CastLike", in -> List.of(in.like(0, in.type(1))));
        rules.put("Dropout", ElementwiseRules::dropout);
        List.of("Bernoulli", "EyeLike", "RandomNormalLike", "RandomUniformLike")
                .forEach(op -> rules.put(op, in -> List.of(in.like(0, in.typeAttribute("dtype", in.type(0))))));
        // (A, A's scale, A's zero point, B, ...): only the operands count.
        List.of("com.microsoft::QLinearAdd", "com.microsoft::QLinearMul")
                .forEach(op ->
                        rules.put(op, in -> List.of(Typed.of(in.type(0), Broadcast.of(in, in.shape(0), in.shape(3))))));
        return rules;
    }

    private static List<Typed> broadcast(NodeContext in, @Nullable DType type) {
        // Before opset 7 the second operand was stretched to the first one when this attribute said so.
        boolean stretched = in.flag("broadcast", false);
        return List.of(Typed.of(type, stretched ? in.shape(0) : Broadcast.inputs(in)));
    }

    private static List<Typed> dropout(NodeContext in) {
        return List.of(in.like(0), in.like(0, in.opset() < 10 ? in.type(0) : DType.BOOL));
    }
}
