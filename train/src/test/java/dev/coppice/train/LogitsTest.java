package dev.coppice.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.testing.Dsl;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogitsTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "y = Softmax(z)",
                "s = Softmax(z)\nd = Cast(s) to=11\ny = Cast(d) to=1",
                "s = Softmax(z)\nu = Unsqueeze(s, one)\ny = Squeeze(u, one)",
                "s = Softmax(z)\nd = Dropout(s)\ny = Identity(d)",
                "y = LogSoftmax(z)",
                "l = LogSoftmax(z)\ny = Exp(l)",
                "y = Sigmoid(z)",
                "e = Exp(z)\nt = ReduceSum(e, one)\ny = Div(e, t)",
                "e = Exp(z)\nt = ReduceSum(e, one)\nr = Reciprocal(t)\ny = Mul(e, r)"
            })
    void probabilitiesAreTracedToTheirLogits(String end) {
        var model = Dsl.model("""
                opset 17
                input x float[N,4]
                const w float[4,3] seed 1
                const one int64[1] = 1
                z = MatMul(x, w)
                %s
                output y float[N,3]
                """.formatted(end));
        assertThat(Logits.of(model)).isIn("z", "l");
        assertThat(Logits.output(model)).isEqualTo("y");
    }

    @ParameterizedTest
    @ValueSource(strings = {"label int64[N]\noutput p float[N,3]", "label int64[N]"})
    void labelsArePassedOver(String outputs) {
        var model = Dsl.model("""
                opset 17
                input x float[N,4]
                const w float[4,3] seed 1
                z = MatMul(x, w)
                p = Softmax(z)
                label = ArgMax(p) axis=1 keepdims=0
                output %s
                """.formatted(outputs));
        assertThat(Logits.of(model)).isEqualTo("z");
    }
}
