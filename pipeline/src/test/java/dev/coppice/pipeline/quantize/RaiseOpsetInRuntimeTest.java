package dev.coppice.pipeline.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.rules.RaiseOpset;
import dev.coppice.ir.testing.Dsl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Models of old operator sets compute the same, bit for bit, when they are raised to 13. */
class RaiseOpsetInRuntimeTest {

    private static void assertSame(String text, long... dims) {
        var model = Dsl.model(text);
        var upgraded = RaiseOpset.to(model, 13).model().orElseThrow();
        assertThat(upgraded.opset()).isEqualTo(13);
        var inputs = Runs.draw(model, 1, dims);
        assertThat(Runs.outputs(upgraded, inputs)).containsExactly(Runs.outputs(model, inputs));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "y = Softmax(x) axis=3",
                "y = Squeeze(x) axes=[0]",
                "y = Unsqueeze(x) axes=[0,3]",
                "y = ReduceSum(x) axes=[1,2] keepdims=0",
                "y = ReduceSum(x)",
                "y = Clip(x) min=-0.5 max=0.25",
                "y = Clip(x) max=0.25",
                "y = Pad(x) pads=[0,0,1,2,0,1,0,0] value=1.5",
                "y = Pad(x) pads=[0,0,1,1,0,0,1,1] mode=\"reflect\"",
                "y = Slice(x) starts=[1,-3] ends=[2,100] axes=[1,3]",
                "y = Upsample(x) mode=\"nearest\" scales=[1.0,1.0,2.0,3.0]",
                "y = Upsample(x) mode=\"linear\" scales=[1.0,1.0,2.0,3.0]",
                "y = Dropout(x) ratio=0.7",
                "y, z = Split(x) axis=3 split=[1,4]"
            })
    void anOperatorOfSet7(String line) {
        assertSame("ir_version 6\nopset 7\ninput x float[1,2,3,5]\n" + line + "\noutput y\n", 1, 2, 3, 5);
    }

    @Test
    void resizeOfSet10() {
        assertSame("""
                ir_version 6
                opset 10
                input x float[1,2,3,5]
                const s float[4] = 1 1 2.5 1.7
                y = Resize(x, s)
                output y
                """, 1, 2, 3, 5);
    }

    @Test
    void topKOfSet9AndAUnchangedBody() {
        assertSame("""
                ir_version 6
                opset 9
                input x float[1,2,3,5]
                const cond bool[] = 0
                v, i = TopK(x) k=2
                y = If(cond) then_branch={
                  p = Neg(v)
                  output p float[1,2,3,2]
                } else_branch={
                  q = Abs(v)
                  output q float[1,2,3,2]
                }
                output y float[1,2,3,2]
                """, 1, 2, 3, 5);
    }
}
