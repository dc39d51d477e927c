package dev.coppice.ir.eval;

import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import java.util.function.LongUnaryOperator;

/** Element by element functions of one operand, and conversions between element types. */
final class Unary {

    static final Map<String, Operation> OPERATIONS = operations();

    private Unary() {}

    private static Map<String, Operation> operations() {
        var all = new HashMap<String, Operation>();
        all.put("Neg", in -> map(in, v -> -v, v -> -v));
        all.put("Abs", in -> map(in, Math::abs, Math::abs));
        all.put("Sign", in -> map(in, Long::signum, Math::signum));
        all.put("Relu", in -> map(in, v -> Math.max(0, v), v -> Math.max(0, v)));
        all.put("Sqrt", in -> map(in, Math::sqrt));
        all.put("Reciprocal", in -> map(in, v -> 1 / v));
        all.put("Floor", in -> map(in, Math::floor));
        all.put("Ceil", in -> map(in, Math::ceil));
        all.put("Round", in -> map(in, Math::rint));
        all.put("Exp", in -> map(in, Math::exp));
        all.put("Log", in -> map(in, Math::log));
        all.put("Sin", in -> map(in, Math::sin));
        all.put("Cos", in -> map(in, Math::cos));
        all.put("Cast", in -> cast(in, in.typeAttribute("to", in.tensor(0).type())));
        all.put("CastLike", in -> cast(in, in.tensor(1).type()));
        all.put("Clip", Unary::clip);
        return Map.copyOf(all);
    }

    private static List<Tensor> map(Operands in, DoubleUnaryOperator doubles) {
        var data = in.tensor(0);
        if (!data.type().prunable() || !in.fits(data.dims())) {
            return Operation.NOT_COMPUTED;
        }
        var values = Arrays.stream(Tensors.doubles(data)).map(doubles).toArray();
        return List.of(Tensors.ofDoubles(data.type(), data.dims(), values));
    }

    private static List<Tensor> map(Operands in, LongUnaryOperator longs, DoubleUnaryOperator doubles) {
        var data = in.tensor(0);
        if (!data.type().integral() || data.type() == DType.UINT64) {
            return map(in, doubles);
        }
        if (!in.fits(data.dims())) {
            return Operation.NOT_COMPUTED;
        }
        var values = Arrays.stream(Elements.longs(data)).map(longs).toArray();
        return List.of(Tensors.ofLongs(data.type(), data.dims(), values));
    }

    private static List<Tensor> clip(Operands in) {
        if (in.node().attribute("min").isPresent() || in.node().attribute("max").isPresent()) {
            double low = in.node().floatAttribute("min", Float.NEGATIVE_INFINITY);
            double high = in.node().floatAttribute("max", Float.POSITIVE_INFINITY);
            return map(in, v -> Math.min(high, Math.max(low, v)));
        }
        if (in.tensor(0).type().integral()) {
            long low = in.scalar(1, Long.MIN_VALUE);
            long high = in.scalar(2, Long.MAX_VALUE);
            return map(in, v -> Math.min(high, Math.max(low, v)), v -> v);
        }
        double low = bound(in, 1, Double.NEGATIVE_INFINITY);
        double high = bound(in, 2, Double.POSITIVE_INFINITY);
        return map(in, v -> Math.min(high, Math.max(low, v)));
    }

    private static double bound(Operands in, int i, double otherwise) {
        if (!in.has(i)) {
            return otherwise;
        }
        in.sameType(in.tensor(0), in.tensor(i));
        if (in.tensor(i).size() != 1 || !in.tensor(i).type().prunable()) {
            throw in.bad("a bound that is no single number");
        }
        return Tensors.doubles(in.tensor(i))[0];
    }

    /** Converts; a float becomes the whole number next to it towards zero, and true when it is not zero. */
    private static List<Tensor> cast(Operands in, DType to) {
        var data = in.tensor(0);
        var from = data.type();
        if (from == to) {
            return List.of(data);
        }
        boolean known = (from.integral() || from.prunable()) && (to.integral() || to.prunable());
        if (!known || from == DType.UINT64 || !in.fits(data.dims())) {
            return Operation.NOT_COMPUTED;
        }
        if (from.integral()) {
            var longs = Elements.longs(data);
            return List.of(
                    to.integral()
                            ? Tensors.ofLongs(to, data.dims(), longs)
                            : Tensors.ofDoubles(
                                    to,
                                    data.dims(),
                                    Arrays.stream(longs).asDoubleStream().toArray()));
        }
        var doubles = Tensors.doubles(data);
        if (to.prunable()) {
            return List.of(Tensors.ofDoubles(to, data.dims(), doubles));
        }
        var longs = Arrays.stream(doubles)
                .mapToLong(v -> to == DType.BOOL ? (v != 0 ? 1 : 0) : (long) v)
                .toArray();
        return List.of(Tensors.ofLongs(to, data.dims(), longs));
    }
}
