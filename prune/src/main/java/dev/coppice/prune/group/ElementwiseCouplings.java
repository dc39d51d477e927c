package dev.coppice.prune.group;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Operators that compute each element of the output from the elements at the same place, sizes of one being repeated. */
final class ElementwiseCouplings {

    private static final List<String> UNARY = List.of(
            "Abs",
            "Acos",
            "Acosh",
            "Asin",
            "Asinh",
            "Atan",
            "Atanh",
            "BitwiseNot",
            "Cast",
            "Ceil",
            "Celu",
            "Cos",
            "Cosh",
            "Dropout",
            "Elu",
            "Erf",
            "Exp",
            "Floor",
            "Gelu",
            "HardSigmoid",
            "HardSwish",
            "Identity",
            "IsInf",
            "IsNaN",
            "LeakyRelu",
            "Log",
            "Mish",
            "Neg",
            "Not",
            "Reciprocal",
            "Relu",
            "Round",
            "Selu",
            "Shrink",
            "Sigmoid",
            "Sign",
            "Sin",
            "Sinh",
            "Softplus",
            "Softsign",
            "Sqrt",
            "Swish",
            "Tan",
            "Tanh",
            "ThresholdedRelu",
            "Clip",
            "com.microsoft::Gelu",
            "com.microsoft::QuickGelu");

    private static final List<String> BROADCASTING = List.of(
            "Add",
            "And",
            "BitShift",
            "BitwiseAnd",
            "BitwiseOr",
            "BitwiseXor",
            "Div",
            "Equal",
            "Greater",
            "GreaterOrEqual",
            "Less",
            "LessOrEqual",
            "Max",
            "Mean",
            "Min",
            "Mod",
            "Mul",
            "Or",
            "PRelu",
            "Pow",
            "Sub",
            "Sum",
            "Where",
            "Xor",
            "com.microsoft::BiasGelu",
            "com.microsoft::FastGelu");

    static final Map<String, Coupling> TABLE = table();

    private ElementwiseCouplings() {}

    private static Map<String, Coupling> table() {
        var table = new HashMap<String, Coupling>();
        UNARY.forEach(op -> table.put(op, ElementwiseCouplings::unary));
        table.put("CastLike", ElementwiseCouplings::castLike);
        table.put("QuantizeLinear", ElementwiseCouplings::quantize);
        table.put("DequantizeLinear", ElementwiseCouplings::quantize);
        BROADCASTING.forEach(op -> table.put(op, ElementwiseCouplings::broadcast));
        return table;
    }

    private static void unary(Site site) {
        for (int i = 0; i < site.node().outputs().size(); i++) {
            site.pass(0, i);
        }
    }

    /** Of the second input only the type counts. */
    private static void castLike(Site site) {
        site.pass(0, 0);
        site.ignore(1);
    }

    /** Of one scale for all, elementwise; where an axis has scales of its own, all of it must stay. */
    private static void quantize(Site site) {
        var x = site.input(0);
        var scales = site.input(1);
        if (scales.size() > 1) {
            throw new Site.UnknownAxes("has scales in blocks in");
        }
        if (scales.size() == 1 && !scales.getFirst().isOne()) {
            int at = Site.axis(site.node().intAttribute("axis", 1), x.size());
            site.block(x.get(at), "has a scale for each index in");
        }
        site.ignore(2);
        site.pass(0, 0);
    }

    private static void broadcast(Site site) {
        var all = new ArrayList<List<Axis>>();
        for (int i = 0; i < site.node().inputs().size(); i++) {
            if (site.has(i)) {
                all.add(site.input(i));
            }
        }
        site.output(0, broadcast(site, all));
    }

    /** Aligns axes at the end and couples those that meet. */
    static List<Axis> broadcast(Site site, List<List<Axis>> all) {
        var result = all.getFirst();
        for (var other : all.subList(1, all.size())) {
            var longer = result.size() >= other.size() ? result : other;
            var shorter = result.size() >= other.size() ? other : result;
            int shift = longer.size() - shorter.size();
            var met = new ArrayList<>(longer);
            for (int i = 0; i < shorter.size(); i++) {
                met.set(i + shift, site.meet(longer.get(i + shift), shorter.get(i)));
            }
            result = met;
        }
        return result;
    }
}
