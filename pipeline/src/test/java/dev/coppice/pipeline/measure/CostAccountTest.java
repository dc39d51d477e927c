package dev.coppice.pipeline.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.coppice.ir.Model;
import dev.coppice.ir.host.Parallel;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.ir.testing.TestData;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CostAccountTest {

    private static Cost cost(Model model) {
        return CostAccount.of(model, Map.of(), new WeightCounts(Parallel.ONE));
    }

    private static Cost cost(String text) {
        return cost(Dsl.model(text));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "float[1,3,8,8] | float[4,3,3,3]   | Conv(x, w) pads=[1,1,1,1]                 | 6912",
                "float[2,3,9,9] | float[4,3,3,3]   | Conv(x, w) strides=[2,2]                  | 3456",
                "float[1,6,4,4] | float[6,1,3,3]   | Conv(x, w) group=6 pads=[1,1,1,1]         | 864",
                "float[1,8,10]  | float[4,2,5]     | Conv(x, w) group=4                        | 240",
                "float[1,2,4,4] | float[2,3,2,2]   | ConvTranspose(x, w) strides=[2,2]         | 384",
                "float[5,7]     | float[7,3]       | MatMul(x, w)                              | 105",
                "float[2,5,7]   | float[7,3]       | MatMul(x, w)                              | 210",
                "float[7,5]     | float[3,7]       | Gemm(x, w) transA=1 transB=1              | 105",
                "float[2,5,7]   | float[7,3]       | Einsum(x, w) equation=\"bij,jk->bik\"     | 210",
                "float[5,7]     | float[1,7]       | Add(x, w)                                 | 0",
            })
    void multiplyAccumulatesFollowTheFormula(String x, String w, String op, long macs) {
        var cost = cost("input x %s\nconst w %s seed 1\ny = %s\noutput y\n".formatted(x, w, op));
        assertThat(cost.uncounted()).isEmpty();
        assertThat(cost.macs()).isEqualTo(macs);
        assertThat(cost.effectiveMacs()).isEqualTo(macs);
    }

    @Test
    void aRecurrentCellCountsEveryStep() {
        // 6 steps, batch 2, 4 gates of 5 hidden units, 3 inputs: 6 * 2 * 4 * 5 * (3 + 5)
        var cost = cost("""
            input x float[6,2,3]
            const w float[1,20,3] seed 1
            const r float[1,20,5] seed 2
            y = LSTM(x, w, r) hidden_size=5
            output y
            """);
        assertThat(cost.macs()).isEqualTo(1920);
    }

    @Test
    void zerosDoNotCountAsEffective() {
        var cost = cost("""
            input x float[10,2]
            const w float[2,2] = 1 0 0 0
            y = MatMul(x, w)
            output y
            """);
        assertThat(cost.macs()).isEqualTo(40);
        assertThat(cost.effectiveMacs()).isEqualTo(10);
        // 16 bytes of weights; 80 bytes in, 80 out.
        assertThat(cost.weightBytes()).isEqualTo(16);
        assertThat(cost.activationBytes()).isEqualTo(160);
        assertThat(cost.energyMicrojoules()).isCloseTo((40 * 4.6 + 4 * 640 + 40 * 5) * 1e-6, within(1e-12));
    }

    @Test
    void aBiasIsNoMultiplicand() {
        var cost = cost("""
            input x float[10,2]
            const w float[2,2] = 1 0 0 2
            const b float[2] = 1 1
            y = Gemm(x, w, b)
            output y
            """);
        assertThat(cost.effectiveMacs()).isEqualTo(20);
        assertThat(cost.weightBytes()).isEqualTo(24);
    }

    @Test
    void aResidualKeepsItsInputAlive() {
        var cost = cost("""
            input x float[100]
            a = Relu(x)
            b = Neg(a)
            y = Add(b, x)
            output y
            """);
        // x, a, b while b is computed; then x, b, y: three values of 400 bytes either way.
        assertThat(cost.peakActivationBytes()).isEqualTo(1200);
    }

    @Test
    void deadValuesAndViewsTakeNoMemory() {
        var cost = cost("""
            input x float[100]
            const shape int64[2] = 10 10
            a = Relu(x)
            v = Reshape(a, shape)
            b = Neg(v)
            c = Exp(b)
            output c
            """);
        assertThat(cost.peakActivationBytes()).isEqualTo(800);
        // Three operators read and write 400 bytes each.
        assertThat(cost.activationBytes()).isEqualTo(2400);
    }

    @Test
    void whatIsComputedFromConstantsCostsNothing() {
        var cost = cost("""
            input x float[4,4]
            const w float[4,4] seed 1
            t = Transpose(w) perm=[1,0]
            y = MatMul(x, t)
            output y
            """);
        assertThat(cost.nodes()).extracting(Cost.NodeCost::op).containsExactly("MatMul");
        assertThat(cost.weightBytes()).isEqualTo(64);
    }

    @Test
    void openSizesAreReportedAndCloseWithGivenOnes() {
        var model = Dsl.model("""
            input x float[batch,7]
            const w float[7,3] seed 1
            y = MatMul(x, w)
            output y float[batch,3]
            """);
        var open = cost(model);
        assertThat(open.isComplete()).isFalse();
        assertThat(open.uncounted().getFirst().reason()).isEqualTo("a size is unknown or beyond counting");
        assertThat(open.macs()).isZero();
        var given = CostAccount.of(model, Map.of("x", List.of(5L, 7L)), new WeightCounts(Parallel.ONE));
        assertThat(given.isComplete()).isTrue();
        assertThat(given.macs()).isEqualTo(105);
        assertThat(CostAccount.customary(model, Map.of(), new WeightCounts(Parallel.ONE))
                        .inputShapes())
                .isEqualTo(Map.of("x", List.of(1L, 7L)));
    }

    @Test
    void foreignOperatorsAreReported() {
        var cost = cost("""
            opset my.domain 1
            input x float[4,4]
            y = my.domain::Mystery(x) name="odd"
            output y float[4,4]
            """);
        assertThat(cost.uncounted())
                .containsExactly(new Cost.Uncounted(
                        "odd", "Mystery", "no rule counts the multiply-accumulates of this operator"));
    }

    /** Torchvision publishes the first three (its GFLOPS are multiply-adds); ResNet-20 is the sum over its table of layers. */
    @ParameterizedTest
    @CsvSource({
        "light_resnet50.onnx, 4.089e9",
        "light_densenet121.onnx, 2.834e9",
        "light_squeezenet.onnx, 0.349e9",
        "resnet20.onnx, 0.0406e9"
    })
    void knownNetworksCostWhatIsPublished(String name, double macs) {
        var cost = CostAccount.customary(
                OnnxReader.read(TestData.shared("models/" + name)), Map.of(), new WeightCounts(Parallel.ONE));
        assertThat(cost.isComplete()).isTrue();
        assertThat((double) cost.macs()).isCloseTo(macs, within(macs * .002));
    }

    @Test
    void miniLmCostsItsClosedForm() {
        var model = OnnxReader.read(TestData.data("minilm/model.onnx"));
        var cost = CostAccount.customary(model, Map.of(), new WeightCounts(Parallel.ONE));
        long linear = 128L * (4 * 384 * 384 + 2 * 384 * 1536);
        long attention = 2L * 128 * 128 * 384;
        assertThat(cost.macs()).isEqualTo(6 * (linear + attention));
        assertThat(cost.isComplete()).isTrue();
    }

    @Test
    void textReadersOfOpenSizeAreCountedOnALine() {
        var model = OnnxReader.read(TestData.data("ppocr/ch_PP-OCRv4_rec_infer.onnx"));
        var cost = CostAccount.customary(model, Map.of(), new WeightCounts(Parallel.ONE));
        assertThat(cost.inputShapes()).isEqualTo(Map.of("x", List.of(1L, 3L, 48L, 320L)));
        assertThat(cost.macs()).isPositive();
    }
}
