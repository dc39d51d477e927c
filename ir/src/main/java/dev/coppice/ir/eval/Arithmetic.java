package dev.coppice.ir.eval;

import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleBinaryOperator;
import java.util.function.LongBinaryOperator;

/**
 * Element by element arithmetic of two or more operands, broadcast together. Floats are computed in double precision and rounded
 * once, which for + - * / gives the same as computing in the narrower type (Figueroa, When is double rounding innocuous?, 1995).
 */
final class Arithmetic {

    static final Map<String, Operation> OPERATIONS = Map.of(
            "Add", in -> combine(in, Long::sum, Double::sum),
            "Sub", in -> combine(in, (a, b) -> a - b, (a, b) -> a - b),
            "Mul", in -> combine(in, (a, b) -> a * b, (a, b) -> a * b),
            "Div", Arithmetic::divide,
            "Mod", Arithmetic::modulo,
            "Pow", Arithmetic::power,
            "Min", in -> combine(in, Math::min, Math::min),
            "Max", in -> combine(in, Math::max, Math::max),
            "Sum", in -> combine(in, Long::sum, Double::sum));

    private Arithmetic() {}

    private static List<Tensor> divide(Operands in) {
        if (integral(in) && Arrays.stream(in.longs(1)).anyMatch(v -> v == 0)) {
            return Operation.NOT_COMPUTED;
        }
        return combine(in, (a, b) -> a / b, (a, b) -> a / b);
    }

    private static List<Tensor> modulo(Operands in) {
        if (integral(in) && Arrays.stream(in.longs(1)).anyMatch(v -> v == 0)) {
            return Operation.NOT_COMPUTED;
        }
        boolean signOfDividend = in.node().intAttribute("fmod", 0) != 0;
        return combine(
                in,
                (a, b) -> signOfDividend ? a % b : Math.floorMod(a, b),
                (a, b) -> signOfDividend ? a % b : a - Math.floor(a / b) * b);
    }

    /** The exponent may be of another type than the base, which gives the result's. */
    private static List<Tensor> power(Operands in) {
        var base = in.tensor(0);
        if (!base.type().prunable() || in.tensors().stream().anyMatch(t -> !in.fits(t.dims()))) {
            return Operation.NOT_COMPUTED;
        }
        var exponent = in.tensor(1);
        if (exponent.type().integral()) {
            var widened =
                    Arrays.stream(Elements.longs(exponent)).asDoubleStream().toArray();
            exponent = Tensors.ofDoubles(DType.DOUBLE, exponent.dims(), widened);
        }
        return combine(in, base, exponent, (a, b) -> a, Math::pow);
    }

    private static boolean integral(Operands in) {
        return in.tensor(1).type().integral();
    }

    private static List<Tensor> combine(Operands in, LongBinaryOperator longs, DoubleBinaryOperator doubles) {
        var operands = in.tensors();
        if (operands.stream().anyMatch(t -> !in.fits(t.dims()))) {
            return Operation.NOT_COMPUTED;
        }
        var result = operands.getFirst();
        for (var operand : operands.subList(1, operands.size())) {
            in.sameType(result, operand);
            var combined = combine(in, result, operand, longs, doubles);
            if (combined.isEmpty()) {
                return combined;
            }
            result = combined.getFirst();
        }
        return List.of(result);
    }

    private static List<Tensor> combine(
            Operands in, Tensor a, Tensor b, LongBinaryOperator longs, DoubleBinaryOperator doubles) {
        var pairs = Pairs.of(in, a, b);
        var type = a.type();
        if (!in.fits(pairs.dims())) {
            return Operation.NOT_COMPUTED;
        }
        // Java would take the upper half of the unsigned 64-bit numbers for negative ones.
        if (type.integral() && type != DType.UINT64) {
            return List.of(Tensors.ofLongs(type, pairs.dims(), pairs.longs(longs)));
        }
        return type.prunable()
                ? List.of(Tensors.ofDoubles(type, pairs.dims(), pairs.doubles(doubles)))
                : Operation.NOT_COMPUTED;
    }
}
