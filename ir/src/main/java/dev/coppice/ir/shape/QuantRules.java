package dev.coppice.ir.shape;

import dev.coppice.ir.DType;
import java.util.List;
import java.util.Map;

/** Conversions between floating-point and quantized tensors. */
final class QuantRules {

    static final Map<String, Rule> RULES = Map.of(
            "QuantizeLinear", QuantRules::quantize,
            "com.microsoft::QuantizeLinear", QuantRules::quantize,
            "DequantizeLinear", in -> List.of(in.like(0, in.typeAttribute("output_dtype", in.type(1)))),
            "com.microsoft::DequantizeLinear", in -> List.of(in.like(0, in.type(1))),
            "DynamicQuantizeLinear", QuantRules::dynamic);

    private QuantRules() {}

    private static List<Typed> quantize(NodeContext in) {
        var zeroPoint = in.has(2) ? in.type(2) : DType.UINT8;
        return List.of(in.like(0, in.typeAttribute("output_dtype", zeroPoint)));
    }

    private static List<Typed> dynamic(NodeContext in) {
        return List.of(
                in.like(0, DType.UINT8), Typed.of(DType.FLOAT, Typed.SCALAR), Typed.of(DType.UINT8, Typed.SCALAR));
    }
}
