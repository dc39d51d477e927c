package dev.coppice.ir.shape;

import dev.coppice.ir.DType;
import dev.coppice.ir.Trait;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Operators whose output has the shape of the first input, or of all inputs broadcast together. */
final class ElementwiseRules {

    /** Not element by element, or with a rule of their own for broadcasting. */
    private static final List<String> SAME = List.of(
            "CumSum",
            "CumProd",
            "Hardmax",
            "ImageScaler",
            "LogSoftmax",
            "LpNormalization",
            "LRN",
            "MeanVarianceNormalization",
            "PRelu",
            "ParametricSoftplus",
            "ReverseSequence",
            "ScaledTanh",
            "Softmax",
            "Trilu",
            "com.microsoft::FastGelu",
            "com.microsoft::BiasGelu",
            "com.microsoft::BiasSoftmax",
            "com.microsoft::QLinearSigmoid",
            "com.microsoft::QLinearLeakyRelu",
            "com.microsoft::QLinearSoftmax",
            "com.microsoft::Trilu");

    private static final List<String> SAME_BOOL = List.of("Not", "IsNaN", "IsInf");

    private static final List<String> BROADCAST_BOOL =
            List.of("Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual");

    static final Map<String, Rule> RULES = rules();

    private ElementwiseRules() {}

    private static Map<String, Rule> rules() {
        var rules = new HashMap<String, Rule>();
        Trait.UNARY.operators().forEach(op -> rules.put(op, in -> List.of(in.like(0))));
        Trait.BROADCAST.operators().forEach(op -> rules.put(op, in -> broadcast(in, in.type(0))));
        SAME.forEach(op -> rules.put(op, in -> List.of(in.like(0))));
        SAME_BOOL.forEach(op -> rules.put(op, in -> List.of(in.like(0, DType.BOOL))));
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
