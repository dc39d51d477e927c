package dev.coppice.train.torch;

import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Tensor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Bounds on how far two correct computations of one result may lie apart.
 *
 * <p>Sums of n rounded terms differ by about {@code sqrt(n) u} of the result's scale (Higham and Mary, 2019, "A new approach to
 * probabilistic rounding error analysis"), storing a result adds one rounding of its own type.
 */
final class Tolerances {

    /** Covers the few roundings of elementary functions on both sides and the tail of the probabilistic bound. */
    private static final double SAFETY = 16;

    private Tolerances() {}

    /** Returns the relative spacing of a type's numbers; bfloat16 in the conformance data is cut off, which costs one bit more. */
    static double unit(DType type) {
        return switch (type) {
            case DOUBLE -> 0x1p-53;
            case FLOAT16 -> 0x1p-11;
            case BFLOAT16 -> 0x1p-7;
            default -> 0x1p-24;
        };
    }

    /**
     * Returns the largest difference that rounding explains.
     *
     * @param stored the type of the expected result
     * @param scale the largest magnitude among the results
     * @param terms how many numbers at most went into one of them
     */
    static double bound(DType stored, double scale, long terms) {
        double computed = SAFETY * Math.sqrt((double) Math.max(1, terms)) * unit(DType.FLOAT);
        return scale * (computed + unit(stored));
    }

    /** Returns what is wrong with {@code actual}, or null. Elements narrower than float32 may be wider than expected. */
    static @Nullable String difference(Tensor actual, Tensor expected, long terms) {
        var type = expected.type();
        var wanted = type.prunable() ? Precision.onnx(Precision.FLOAT32.of(type)) : type;
        if (actual.type() != wanted || !actual.dims().equals(expected.dims())) {
            return "%s%s instead of %s%s".formatted(actual.type(), actual.dims(), wanted, expected.dims());
        }
        if (!type.prunable()) {
            return Arrays.equals(Elements.longs(actual), Elements.longs(expected)) ? null : "other integers";
        }
        var values = doubles(expected);
        return difference(doubles(actual), values, bound(type, scale(values), terms));
    }

    static @Nullable String difference(double[] actual, double[] expected, double bound) {
        if (actual.length != expected.length) {
            return actual.length + " elements instead of " + expected.length;
        }
        for (int i = 0; i < actual.length; i++) {
            boolean same = Double.compare(actual[i], expected[i]) == 0 || Math.abs(actual[i] - expected[i]) <= bound;
            if (!same) {
                return "element %d is %s instead of %s, bound %.2g".formatted(i, actual[i], expected[i], bound);
            }
        }
        return null;
    }

    /** Returns the largest finite magnitude. */
    static double scale(double[] values) {
        return Arrays.stream(values)
                .filter(Double::isFinite)
                .map(Math::abs)
                .max()
                .orElse(0);
    }

    static double[] doubles(Tensor tensor) {
        var values = new double[Math.toIntExact(tensor.size())];
        Elements.doubles(tensor, 0, values, values.length);
        return values;
    }
}
