package dev.coppice.ir.eval;

import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleBinaryOperator;
import java.util.function.LongBinaryOperator;

/** Comparisons and boolean operators. */
final class Logic {

    static final Map<String, Operation> OPERATIONS = Map.of(
            "Equal", in -> compare(in, (a, b) -> bit(a == b), (a, b) -> bit(a == b)),
            "Greater", in -> compare(in, (a, b) -> bit(a > b), (a, b) -> bit(a > b)),
            "GreaterOrEqual", in -> compare(in, (a, b) -> bit(a >= b), (a, b) -> bit(a >= b)),
            "Less", in -> compare(in, (a, b) -> bit(a < b), (a, b) -> bit(a < b)),
            "LessOrEqual", in -> compare(in, (a, b) -> bit(a <= b), (a, b) -> bit(a <= b)),
            "And", in -> compare(in, (a, b) -> a & b, (a, b) -> 0),
            "Or", in -> compare(in, (a, b) -> a | b, (a, b) -> 0),
            "Xor", in -> compare(in, (a, b) -> a ^ b, (a, b) -> 0),
            "Not", Logic::not);

    private Logic() {}

    private static int bit(boolean value) {
        return value ? 1 : 0;
    }

    private static List<Tensor> compare(Operands in, LongBinaryOperator longs, DoubleBinaryOperator doubles) {
        var a = in.tensor(0);
        var b = in.tensor(1);
        in.sameType(a, b);
        boolean whole = a.type().integral() && a.type() != DType.UINT64;
        if (!(whole || a.type().prunable()) || !in.fits(a.dims()) || !in.fits(b.dims())) {
            return Operation.NOT_COMPUTED;
        }
        var pairs = Pairs.of(in, a, b);
        if (!in.fits(pairs.dims())) {
            return Operation.NOT_COMPUTED;
        }
        var bits = whole
                ? pairs.longs(longs)
                : Arrays.stream(pairs.doubles(doubles)).mapToLong(v -> (long) v).toArray();
        return List.of(Tensors.ofLongs(DType.BOOL, pairs.dims(), bits));
    }

    private static List<Tensor> not(Operands in) {
        var data = in.tensor(0);
        if (data.type() != DType.BOOL || !in.fits(data.dims())) {
            return Operation.NOT_COMPUTED;
        }
        var bits = Arrays.stream(Elements.longs(data)).map(v -> 1 - v).toArray();
        return List.of(Tensors.ofLongs(DType.BOOL, data.dims(), bits));
    }
}
