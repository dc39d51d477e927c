package dev.coppice.train.torch;

import static dev.coppice.train.torch.Call.scalar;
import static dev.coppice.train.torch.Lowering.one;
import static dev.coppice.train.torch.Lowering.unary;

import java.util.Map;
import java.util.function.BinaryOperator;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Arithmetic and comparisons, element by element with NumPy's broadcasting, which is libtorch's, too. */
final class ElementwiseLowerings {

    private ElementwiseLowerings() {}

    static void register(Map<String, Lowering> table) {
        arithmetic(table);
        comparisons(table);
        functions(table);
        trigonometry(table);
    }

    private static void arithmetic(Map<String, Lowering> table) {
        table.put("Add", binary(Tensor::add));
        table.put("Sub", binary(Tensor::sub));
        table.put("Mul", binary(Tensor::mul));
        table.put("Div", binary(ElementwiseLowerings::divide));
        table.put("Pow", one(ElementwiseLowerings::power));
        table.put(
                "Mod",
                one(call -> call.flag("fmod")
                        ? torch.fmod(call.in(0), call.in(1))
                        : torch.remainder(call.in(0), call.in(1))));
        table.put("Sum", variadic(Tensor::add));
        table.put("Max", variadic(torch::maximum));
        table.put("Min", variadic(torch::minimum));
        table.put("Mean", one(call -> fold(call, Tensor::add).div(new Scalar((long) call.inputs().length))));
        table.put("Neg", unary(Tensor::neg));
        table.put("Abs", unary(Tensor::abs));
        table.put("Sign", unary(torch::sign));
        table.put("Reciprocal", unary(Tensor::reciprocal));
        table.put("Sqrt", unary(Tensor::sqrt));
        table.put("Floor", unary(x -> x.is_floating_point() ? x.floor() : x.clone()));
        table.put("Ceil", unary(x -> x.is_floating_point() ? x.ceil() : x.clone()));
        table.put("Round", unary(Tensor::round)); // half to even, both
        table.put("Clip", one(ElementwiseLowerings::clip));
    }

    private static void comparisons(Map<String, Lowering> table) {
        table.put("Equal", binary(torch::eq));
        table.put("Greater", binary(torch::gt));
        table.put("GreaterOrEqual", binary(torch::ge));
        table.put("Less", binary(torch::lt));
        table.put("LessOrEqual", binary(torch::le));
        table.put("And", binary(Tensor::logical_and));
        table.put("Or", binary(Tensor::logical_or));
        table.put("Xor", binary(Tensor::logical_xor));
        table.put("Not", unary(Tensor::logical_not));
        table.put("IsNaN", unary(Tensor::isnan));
        table.put("IsInf", one(ElementwiseLowerings::infinite));
        table.put("Where", one(call -> call.in(1).where(call.in(0), call.in(2))));
    }

    private static void functions(Map<String, Lowering> table) {
        table.put("Exp", unary(Tensor::exp));
        table.put("Log", unary(Tensor::log));
        table.put("Erf", unary(Tensor::erf));
    }

    private static void trigonometry(Map<String, Lowering> table) {
        table.put("Sin", unary(Tensor::sin));
        table.put("Cos", unary(Tensor::cos));
        table.put("Tan", unary(Tensor::tan));
        table.put("Asin", unary(Tensor::asin));
        table.put("Acos", unary(Tensor::acos));
        table.put("Atan", unary(Tensor::atan));
        table.put("Sinh", unary(Tensor::sinh));
        table.put("Cosh", unary(Tensor::cosh));
        table.put("Tanh", unary(Tensor::tanh));
        table.put("Asinh", unary(Tensor::asinh));
        table.put("Acosh", unary(Tensor::acosh));
        table.put("Atanh", unary(Tensor::atanh));
    }

    private static Lowering binary(BinaryOperator<Tensor> function) {
        return one(call -> function.apply(call.in(0), call.in(1)));
    }

    private static Lowering variadic(BinaryOperator<Tensor> function) {
        return one(call -> fold(call, function));
    }

    private static Tensor fold(Call call, BinaryOperator<Tensor> function) {
        var folded = call.in(0);
        for (int i = 1; i < call.inputs().length; i++) {
            folded = function.apply(folded, call.in(i));
        }
        return folded;
    }

    /** Integers divide towards zero, as in C. */
    private static Tensor divide(Tensor dividend, Tensor divisor) {
        if (dividend.is_floating_point()) {
            return dividend.div(divisor);
        }
        return dividend.sub(torch.fmod(dividend, divisor)).floor_divide(divisor);
    }

    /** The result has the base's type, whatever the exponent's. */
    private static Tensor power(Call call) {
        var base = call.in(0);
        var exponent = call.in(1);
        var power = exponent.numel() == 1 && !exponent.requires_grad() && exponent.dim() <= base.dim()
                ? torch.pow(
                        base,
                        exponent.is_floating_point()
                                ? scalar(exponent.item_double())
                                : new Scalar(exponent.item_long()))
                : torch.pow(base, exponent);
        return power.scalar_type().intern() == base.scalar_type().intern()
                ? power
                : power.to(base.scalar_type().intern());
    }

    private static Tensor clip(Call call) {
        var x = call.in(0);
        var low = bound(call, "min", 1);
        var high = bound(call, "max", 2);
        return low.has_value() || high.has_value() ? torch.clamp(x, low, high) : x;
    }

    private static org.bytedeco.pytorch.ScalarOptional bound(Call call, String attribute, int input) {
        if (call.has(input)) {
            var bound = call.in(input);
            return new org.bytedeco.pytorch.ScalarOptional(
                    bound.is_floating_point() ? scalar(bound.item_double()) : new Scalar(bound.item_long()));
        }
        if (call.node().attribute(attribute).isPresent()) {
            return new org.bytedeco.pytorch.ScalarOptional(scalar(call.real(attribute, 0)));
        }
        return new org.bytedeco.pytorch.ScalarOptional();
    }

    private static Tensor infinite(Call call) {
        var x = call.in(0);
        boolean positive = call.integer("detect_positive", 1) != 0;
        boolean negative = call.integer("detect_negative", 1) != 0;
        var infinite = torch.isinf(x);
        if (positive && negative) {
            return infinite;
        }
        var side = positive ? torch.gt(x, scalar(0)) : torch.lt(x, scalar(0));
        return positive || negative ? infinite.logical_and(side) : infinite.logical_and(infinite.logical_not());
    }
}
