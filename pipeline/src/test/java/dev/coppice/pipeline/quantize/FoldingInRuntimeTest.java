package dev.coppice.pipeline.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.rules.DropIdentity;
import dev.coppice.ir.rules.FoldAffine;
import dev.coppice.ir.rules.FoldPad;
import dev.coppice.ir.testing.Dsl;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Models with something folded compute the same in ONNX Runtime. */
class FoldingInRuntimeTest {

    private static List<String> operators(Model model) {
        return model.graph().nodes().stream().map(Node::opType).toList();
    }

    /** Sums of tens of float32 products in another order. */
    private static void assertSame(Model before, Model after, long... dims) {
        var inputs = Runs.draw(before, 1, dims);
        assertThat(Runs.relativeError(Runs.outputs(before, inputs), Runs.outputs(after, inputs)))
                .isLessThan(1e-6);
    }

    private static Model folded(Model model) {
        return model.withGraph(FoldAffine.fold(model.graph()));
    }

    private static final String STATISTICS = """
            const scale float[6] seed 3
            const shift float[6] seed 4
            const mean float[6] seed 5
            const var float[6] = 0.3 0.9 1.5 0.0001 2 0.7
            """;

    @Test
    void batchNormBehindAConvGoesIntoItsWeightAndBias() {
        var model = Dsl.model("input x float[2,4,5,7]\nconst w float[6,2,3,3] seed 1\n" + STATISTICS + """
                a = Conv(x, w) group=2 pads=[1,0,1,2]
                y = BatchNormalization(a, scale, shift, mean, var) epsilon=0.01
                output y
                """);
        assertThat(operators(folded(model))).containsExactly("Conv");
        assertSame(model, folded(model), 2, 4, 5, 7);
    }

    @Test
    void batchNormBehindAGroupedConvTransposeGoesIntoItsOutputChannels() {
        var model = Dsl.model(
                "input x float[2,4,5]\nconst w float[4,3,2] seed 1\nconst b float[6] seed 2\n" + STATISTICS + """
                        a = ConvTranspose(x, w, b) group=2 strides=[2]
                        y = BatchNormalization(a, scale, shift, mean, var)
                        output y
                        """);
        assertThat(operators(folded(model))).containsExactly("ConvTranspose");
        assertSame(model, folded(model), 2, 4, 5);
    }

    @Test
    void aChainOfArithmeticGoesIntoAGemmWhicheverWayItsWeightLies() {
        for (int transposed = 0; transposed < 2; transposed++) {
            var model = Dsl.model("""
                    input x float[3,4]
                    const w float[%s] seed 1
                    const b float[1] = 0.5
                    const m float[6] seed 2
                    const d float[] = 3
                    a = Gemm(x, w, m) transB=%d
                    t = Mul(m, a)
                    u = Div(t, d)
                    v = Sub(b, u)
                    y = Add(v, m)
                    output y
                    """.formatted(transposed == 0 ? "4,6" : "6,4", transposed));
            assertThat(operators(folded(model))).containsExactly("Gemm");
            assertSame(model, folded(model), 3, 4);
        }
    }

    @Test
    void whatOthersReadOrWhatIsNotByChannelStays() {
        var model = Dsl.model("""
                input x float[1,4,5,5]
                const w float[4,4,1,1] seed 1
                const c float[1,4,1,1] seed 2
                const pixels float[5,5] seed 3
                a = Conv(x, w)
                s = Mul(a, c)
                b = Conv(x, w)
                p = Mul(b, pixels)
                n = Div(c, p)
                output s
                output a
                output n
                """);
        assertThat(operators(folded(model))).containsExactly("Conv", "Mul", "Conv", "Mul", "Div");
    }

    @Test
    void aWeightThatTwoConvsShareIsFoldedForOneOfThem() {
        var model = Dsl.model("""
                input x float[1,4,5,5]
                const w float[4,4,3,3] seed 1
                const c float[1,4,1,1] seed 2
                a = Conv(x, w)
                s = Mul(a, c)
                b = Conv(x, w)
                output s
                output b
                """);
        assertThat(operators(folded(model))).containsExactly("Conv", "Conv");
        assertSame(model, folded(model), 1, 4, 5, 5);
    }

    @Test
    void zerosRoundAConvBecomeItsPadsAndOthersStay() {
        var model = Dsl.model("""
                input x float[1,4,5,6]
                const w float[4,4,3,3] seed 1
                const pads int64[8] = 0 0 1 2 0 0 0 3
                const odd int64[8] = 0 0 1 0 0 0 1 0
                const one float[] = 1
                p = Pad(x, pads)
                a = Conv(p, w) pads=[0,1,1,0]
                q = Pad(x, odd, one)
                b = Conv(q, w)
                output a
                output b
                """);
        var folded = model.withGraph(FoldPad.fold(model));
        assertThat(operators(folded)).containsExactly("Conv", "Pad", "Conv");
        assertSame(model, folded, 1, 4, 5, 6);
    }

    @Test
    void copiesGoUnlessTheyAreOutputsOrReadInABody() {
        var model = Dsl.model("""
                input x float[2,3]
                const cond bool[] = 1
                a = Identity(x)
                d = Dropout(a)
                r = Relu(d)
                i = Identity(r)
                z = If(cond) then_branch={
                  p = Neg(i)
                  output p float[2,3]
                } else_branch={
                  q = Abs(x)
                  output q float[2,3]
                }
                y = Identity(r)
                output y
                output z float[2,3]
                """);
        var dropped = model.withGraph(DropIdentity.apply(model.graph()));
        assertThat(operators(dropped)).containsExactly("Relu", "Identity", "If", "Identity");
        assertSame(model, dropped, 2, 3);
    }
}
