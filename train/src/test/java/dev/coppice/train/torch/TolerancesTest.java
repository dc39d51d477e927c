package dev.coppice.train.torch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.DType;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TolerancesTest {

    /** The longest sums that any test has. */
    private static final long MOST_TERMS = 200_000_000;

    private final double[] expected = new Random(1).doubles(100, -2, 2).toArray();

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "FLOAT16", "BFLOAT16", "DOUBLE"})
    void aDoubledOrSignFlippedOrShiftedResultIsRejected(DType type) {
        double bound = Tolerances.bound(type, Tolerances.scale(expected), MOST_TERMS);
        assertThat(Tolerances.difference(expected, expected, bound)).isNull();
        assertThat(Tolerances.difference(changed(2, 0), expected, bound)).isNotNull();
        assertThat(Tolerances.difference(changed(-1, 0), expected, bound)).isNotNull();
        assertThat(Tolerances.difference(changed(1, 0.1), expected, bound)).isNotNull();
        assertThat(Tolerances.difference(changed(Double.NaN, 0), expected, bound))
                .isNotNull();
        assertThat(Tolerances.difference(new double[0], expected, bound)).isNotNull();
    }

    private double[] changed(double factor, double shift) {
        return Arrays.stream(expected).map(value -> value * factor + shift).toArray();
    }
}
