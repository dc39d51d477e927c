package dev.coppice.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.testing.Dsl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InnerValuesTest {

    @Test
    void theLayersOfATransformerAreWhatItsProjectionsRead() {
        assertThat(InnerValues.of(Dsl.model("""
            input x float[N,4]
            const q float[4,4] seed 1
            const k float[4,4] seed 2
            const v float[4,4] seed 3
            h = Relu(x)
            a = MatMul(h, q)
            b = MatMul(h, k)
            c = MatMul(h, v)
            d = Add(a, b)
            y = Add(d, c)
            output y
            """))).containsExactly("h");
    }

    @Test
    void residualBlocksEndBehindTheirActivation() {
        assertThat(InnerValues.of(Dsl.model("""
            input x float[N,4]
            const w float[4,4] seed 1
            const b float[4] seed 2
            const v float[4,4] seed 3
            m = MatMul(x, w)
            h = Add(m, b)
            s = Add(h, m)
            t = Relu(s)
            k = MatMul(t, v)
            u = Add(k, t)
            r = Relu(u)
            z = Add(u, r)
            p = Softmax(z)
            y = Mul(p, u)
            output y
            """))).containsExactly("t", "u");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Relu", "Selu", "Softplus", "Tanh", "com.microsoft::QuickGelu"})
    void everyActivationEndsAResidualBlock(String activation) {
        assertThat(InnerValues.of(Dsl.model("""
            opset com.microsoft 1
            input x float[N,4]
            const w float[4,4] seed 1
            m = MatMul(x, w)
            s = Add(m, x)
            t = %s(s)
            y = MatMul(t, w)
            output y
            """.formatted(activation)))).containsExactly("t");
    }

    @Test
    void biasesThatAreReshapedFirstAreNoBranches() {
        assertThat(InnerValues.of(Dsl.model("""
            input x float[N,2,4,4]
            const w float[2,2,1,1] seed 1
            const b float[2] seed 2
            const axes int64[2] = 1 2
            u = Unsqueeze(b, axes)
            c = Conv(x, w)
            d = Add(c, u)
            e = Conv(d, w)
            s = Sum(e, d)
            y = GlobalAveragePool(s)
            output y
            """))).containsExactly("s");
    }

    @Test
    void sumsOfSizesAreNone() {
        assertThat(InnerValues.of(Dsl.model("""
            input x float[N,4]
            const zero int64[1] = 0
            s = Shape(x)
            n = Gather(s, zero)
            m = Neg(n)
            d = Add(n, m)
            y = Relu(x)
            output y
            """))).isEmpty();
    }

    @Test
    void withoutBlocksItIsWhatPoolingReads() {
        assertThat(InnerValues.of(Dsl.model("""
            input x float[N,1,4,4]
            const w float[2,1,1,1] seed 1
            c = Conv(x, w)
            r = Relu(c)
            m = MaxPool(r) kernel_shape=[2,2]
            e = AveragePool(r) kernel_shape=[2,2]
            k = Sub(m, e)
            y = GlobalAveragePool(k)
            output y
            """))).containsExactly("r", "k");
    }
}
