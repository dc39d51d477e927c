package dev.coppice.prune.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.testing.Dsl;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ZeroPatternTest {

    @ParameterizedTest
    @CsvSource({
        "'1,4,1,2', 0 8 0 7 3 0 4 0, 2:4", // two of four channels at each place
        "'1,4,1,2', 0 0 0 0 3 8 4 9, 2:4",
        "'1,4,1,2', 0 8 0 7 0 6 0 5, ''", // four of the first place, none of the second
        "'1,4,1,2', 5 8 0 0 0 0 0 0, 3:4",
        "'1,3,1,2', 0 8 0 7 3 0, ''", // fewer channels than a group
        "'2,4,1,1', 0 8 0 7 3 0 4 0, 2:4",
        "'2,4,1,1', 0 8 0 7 3 0 4 1, ''"
    })
    void theGroupsOfAConvolutionRunAlongItsInputChannels(String dims, String values, String pattern) {
        var model = Dsl.model("""
                opset 13
                input x float[1,%s,5,5]
                const w int8[%s] = %s
                const s float[] = 0.1
                f = DequantizeLinear(w, s)
                y = Conv(x, f)
                output y
                """.formatted(dims.split(",")[1], dims, values));
        var stored = QuantizedWeights.of(model.graph()).weights();
        assertThat(stored).hasSize(1);
        assertThat(ZeroPattern.of(stored.getFirst())).isEqualTo(pattern);
    }
}
