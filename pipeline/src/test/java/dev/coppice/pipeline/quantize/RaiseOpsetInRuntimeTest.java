package dev.coppice.pipeline.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.rules.RaiseOpset;
import dev.coppice.ir.testing.Dsl;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
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

    static Stream<OpsetTable.Case> cases() {
        return OpsetTable.cases();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void anOperatorComputesTheSameInNewerSets(OpsetTable.Case one) {
        var model = Dsl.model(one.row().model(one.opset()));
        var inputs = Runs.draw(model, 1, 1, 2, 4, 6);
        var expected = Runs.outputs(model, inputs);
        for (int opset = Math.max(11, one.opset() + 1); opset <= 13; opset += 2) {
            var raised = RaiseOpset.to(model, opset).model().orElseThrow();
            assertThat(raised.opset()).isEqualTo(opset);
            assertThat(Runs.outputs(raised, inputs)).as("in %d", opset).containsExactly(expected);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "opset 12|y = Softmax(x) axis=2", // over two axes at once
                "opset 12|y = Hardmax(x)",
                "opset 8|d, m = Dropout(x)\ny = Add(d, m)", // a mask of floats
                "opset 11|d, m = Dropout(x)\nn = Not(m)\ny = Where(n, x, d)",
                "opset 9|y = ImageScaler(x) scale=2.0 bias=[0.0,0.0]",
                "opset 10|const s float[4] = 1 1 0.5 1.5\ny = Resize(x, s)", // behind on one axis, before on the other
                "opset 10|input s float[4]\ny = Resize(x, s)",
                "opset 8|const s float[2,4,6] seed 1\ny = BatchNormalization(x, s, s, s, s) spatial=0"
            })
    void whatHasNoCounterpartIsRefused(String text) {
        var parts = text.split("\\|");
        var model = Dsl.model(
                "ir_version 6\n" + parts[0] + "\ninput x float[1,2,4,6]\n" + parts[1] + "\noutput y float[?,?,?,?]\n");
        var result = RaiseOpset.to(model, 13);
        assertThat(result.model()).isEmpty();
        assertThat(result.obstacle()).contains("has changed since in a way that is not converted");
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
