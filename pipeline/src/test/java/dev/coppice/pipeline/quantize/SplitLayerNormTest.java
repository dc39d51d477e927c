package dev.coppice.pipeline.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.rules.SplitLayerNorm;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.prune.Selection;
import dev.coppice.prune.quantize.DynamicInt8;
import dev.coppice.prune.quantize.Int8Range;
import dev.coppice.prune.quantize.Quantization;
import dev.coppice.runtime.ort.OrtOptions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Split normalizations compute in ONNX Runtime what whole ones do. */
class SplitLayerNormTest {

    private static final String VECTORS = """
            const gamma float[24] seed 1
            const beta float[24] seed 2
            """;

    /** As exporters write it below operator set 17. */
    private static final String TAKEN_APART = VECTORS + """
            const two float[] = 2
            const epsilon float[] = 0.1
            m = ReduceMean(x) axes=[-1]
            d = Sub(x, m)
            s = %s
            v = ReduceMean(s) axes=[%d]
            e = Add(epsilon, v)
            r = Sqrt(e)
            n = Div(d, r)
            g = Mul(n, gamma)
            y = Add(g, beta)
            output y
            """;

    private static List<String> operators(Model model) {
        return model.graph().nodes().stream().map(Node::opType).toList();
    }

    private static void assertSplit(String text, long... dims) {
        var model = Dsl.model(text);
        var split = SplitLayerNorm.apply(model);
        assertThat(operators(split))
                .contains("InstanceNormalization")
                .doesNotContain("LayerNormalization", "ReduceMean");
        var inputs = Runs.draw(model, 1, dims);
        // As it stands: ONNX Runtime's optimizer takes an epsilon that is the first operand for its default.
        var expected = Runs.joined(Runs.run(model, inputs, OrtOptions.Optimization.NONE));
        // Means and variances of 24 float32 numbers, summed in another order.
        assertThat(Runs.relativeError(expected, Runs.outputs(split, inputs))).isLessThan(1e-6);
    }

    private static void assertLeft(String text) {
        var model = Dsl.model(text);
        assertThat(SplitLayerNorm.apply(model)).isSameAs(model);
    }

    @ParameterizedTest
    @ValueSource(strings = {"2,5", "B,S", "2,S", "B,5"})
    void theOperatorIsSplitWhetherSizesAreKnownOrNot(String rows) {
        assertSplit("input x float[" + rows + ",24]\n" + VECTORS + """
                y = LayerNormalization(x, gamma, beta) epsilon=0.1
                output y
                """, 2, 5, 24);
    }

    @Test
    void aMissingShiftIsNotAdded() {
        assertSplit("input x float[B,S,24]\n" + VECTORS + """
                y = LayerNormalization(x, gamma) axis=2
                output y
                """, 2, 5, 24);
    }

    @Test
    void whatExportersTakeApartIsSplit() {
        assertSplit("input x float[B,S,24]\n" + TAKEN_APART.formatted("Pow(d, two)", -1), 2, 5, 24);
        assertSplit("input x float[B,S,24]\n" + TAKEN_APART.formatted("Mul(d, d)", -1), 2, 5, 24);
    }

    @Test
    void normalizationsOfAsManyRowsShareTheirConstants() {
        var model = SplitLayerNorm.apply(Dsl.model("input x float[B,S,24]\n" + VECTORS + """
                a = LayerNormalization(x, gamma, beta)
                b = LayerNormalization(a, beta, gamma)
                y = LayerNormalization(b, gamma)
                output y
                """));
        assertThat(operators(model))
                .containsOnlyOnce("Shape")
                .filteredOn("ConstantOfShape"::equals)
                .hasSize(2);
    }

    @Test
    void othersAreLeftAlone() {
        assertLeft("input x float[B,S,24]\n" + TAKEN_APART.formatted("Pow(d, two)", 1));
        assertLeft("input x float[B,S,24]\n" + TAKEN_APART.formatted("Pow(d, two)", -1) + "output v\n");
        assertLeft("input x float[5,24]\n" + VECTORS + "y = LayerNormalization(x, gamma, beta)\noutput y\n");
        assertLeft("input x float[2,2,5,24]\n" + VECTORS + "y = LayerNormalization(x, gamma, beta)\noutput y\n");
        assertLeft("""
                input x float[B,5,24]
                const gamma float[5,24] seed 1
                y = LayerNormalization(x, gamma) axis=1
                output y
                """);
        assertLeft("input x float[B,S,24]\n" + VECTORS
                + "y, mean = LayerNormalization(x, gamma, beta)\noutput y\noutput mean\n");
    }

    @Test
    void onManyThreadsTheyStayWhole() {
        var model = Dsl.model("""
                input x float[B,S,24]
                const gamma float[24] seed 1
                const w float[24,24] seed 2
                n = LayerNormalization(x, gamma)
                y = MatMul(n, w)
                output y
                """);
        assertThat(operators(int8(model, 8).model())).contains("InstanceNormalization", "MatMulInteger");
        assertThat(Norms.split(model, int8(model, 8).model())).isOne();
        assertThat(operators(int8(model, 9).model())).contains("LayerNormalization", "MatMulInteger");
    }

    private static Quantization int8(Model model, int threads) {
        var request = new DynamicInt8.Request(Selection.ALL, Int8Range.FULL, false);
        return Norms.splitting(DynamicInt8.of(model, request), threads).quantize(Map.of());
    }
}
