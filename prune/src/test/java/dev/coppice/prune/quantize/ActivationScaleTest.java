package dev.coppice.prune.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ActivationScaleTest {

    /** 255 steps from min to max; the code of zero is the nearest one. */
    @ParameterizedTest
    @CsvSource({
        "-1, 2, 85", // -min / scale = 85
        "-1, 1.9, 88", // 87.93
        "-1, 1.1, 121", // 121.43
        "-0.3, 1.01, 58", // 58.40
        "-0.3, 0.99, 59", // 59.30
        "-0.3, 0.98, 60", // 59.77
        "0, 3, 0",
        "1, 3, 0",
        "-3, 0, 255",
        "-3, -1, 255"
    })
    void theCodeOfZeroIsTheNearestOne(float min, float max, int zeroPoint) {
        var scale = ActivationScale.of(new ActivationRange(min, max));
        assertThat(scale.zeroPoint()).isEqualTo(zeroPoint);
        assertThat(scale.scale()).isCloseTo((Math.max(0, max) - Math.min(0, min)) / 255, within(1e-7f));
        assertThat(scale.quantize(0)).isEqualTo(zeroPoint);
    }

    @ParameterizedTest
    @CsvSource({"25, 121, 171", "-25, 121, 71", "90, 121, 255", "-90, 121, 0", "1.25, 0, 2", "1.75, 0, 4"})
    void aNumberIsRoundedToTheNearestCodeAndHalvesToTheEvenOne(float value, int zeroPoint, int code) {
        assertThat(new ActivationScale(0.5f, zeroPoint).quantize(value)).isEqualTo(code);
    }
}
