package dev.coppice.pipeline.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.Dim;
import dev.coppice.ir.testing.Dsl;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelInputsTest {

    @ParameterizedTest
    @ValueSource(strings = {"Relu(x)", "Sqrt(x)", "Pow(x, two)", "BatchNormalization(x, v, v, v, v)"})
    void imagesHaveAsManyChannelsAsTheConvolutionBehindElementwiseOperatorsTakes(String operator) {
        var model = Dsl.model("""
            input x float[n,c,h,w]
            const two float[] = 2
            const v float[3] fill 1
            const k float[4,3,1,1] seed 1
            a = %s
            y = Conv(a, k)
            output y
            """.formatted(operator));
        var shape = Objects.requireNonNull(ModelInputs.of(model).getFirst().shape());
        assertThat(shape.dim(1)).isEqualTo(Dim.of(3));
    }
}
