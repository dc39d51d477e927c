package dev.coppice.pipeline.dead;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.Elements;
import dev.coppice.ir.Mask;
import dev.coppice.ir.Model;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.host.Parallel;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.ir.testing.TestData;
import dev.coppice.prune.dead.DeadWeights;
import dev.coppice.prune.dead.FullConstants;
import dev.coppice.runtime.ort.HostTensor;
import dev.coppice.runtime.ort.OrtModel;
import dev.coppice.runtime.ort.OrtOptions;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** ONNX Runtime computes the same without dead weight. */
class DeadWeightsInRuntimeTest {

    @TempDir
    private Path folder;

    private float[] run(Model model, String name, long... dims) {
        var file = folder.resolve(name);
        OnnxWriter.write(model, file);
        var random = new Random(1);
        var values = new float[(int) Arrays.stream(dims).reduce(1, (a, b) -> a * b)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        try (var session = OrtModel.open(file, OrtOptions.defaults())) {
            var input = session.inputs().getFirst().name();
            return session.run(Map.of(input, HostTensor.ofFloats(values, dims)))
                    .values()
                    .iterator()
                    .next()
                    .toFloats();
        }
    }

    /** Sums of hundreds of float32 products in another order differ by a few units in the last place of the largest. */
    private void assertSame(Model model, Model other, long... dims) {
        var expected = run(model, "before.onnx", dims);
        var actual = run(other, "after.onnx", dims);
        assertThat(actual).hasSameSizeAs(expected);
        float largest = 0;
        float difference = 0;
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            difference = Math.max(difference, Math.abs(expected[i] - actual[i]));
        }
        assertThat(largest).isPositive();
        assertThat(difference).isLessThanOrEqualTo(2e-6f * largest);
    }

    /** Prunes the smallest share of each matrix. */
    private static Tensor thinned(Tensor tensor, double share) {
        if (!isMatrix(tensor)) {
            return tensor;
        }
        var values = new float[(int) tensor.size()];
        Elements.floats(tensor, 0, values, values.length);
        var sorted = values.clone();
        for (int i = 0; i < sorted.length; i++) {
            sorted[i] = Math.abs(sorted[i]);
        }
        Arrays.sort(sorted);
        var mask = new Mask(values.length);
        for (int i = 0; i < values.length; i++) {
            if (Math.abs(values[i]) < sorted[(int) (share * values.length)]) {
                mask.prune(i);
            }
        }
        return tensor.masked(mask);
    }

    /** Empties a share of the rows of each matrix. */
    private static Tensor emptied(Tensor tensor, double share, Random random) {
        if (!isMatrix(tensor)) {
            return tensor;
        }
        var mask = new Mask(tensor.size());
        long each = tensor.size() / tensor.dims().getFirst();
        for (long row = 0; row < tensor.dims().getFirst(); row++) {
            boolean gone = random.nextDouble() < share;
            for (long i = 0; gone && i < each; i++) {
                mask.prune(row * each + i);
            }
        }
        return tensor.masked(mask);
    }

    private static boolean isMatrix(Tensor tensor) {
        return tensor.type().prunable()
                && tensor.dims().stream().filter(dim -> dim > 1).count() > 1;
    }

    @Test
    void aThinPerceptronBecomesASmallOne() {
        var model = Dsl.model("""
            input x float[N,784]
            const w1 float[784,300] seed 1
            const b1 float[300] seed 2
            const w2 float[300,100] seed 3
            const b2 float[100] seed 4
            const w3 float[100,10] seed 5
            const b3 float[10] seed 6
            h = Gemm(x, w1, b1)
            r = Relu(h)
            k = Gemm(r, w2, b2)
            s = Relu(k)
            y = Gemm(s, w3, b3)
            output y
            """).mapTensors(tensor -> thinned(tensor, 0.99));
        var result = DeadWeights.eliminate(model, Parallel.ONE);
        assertThat(DeadWeights.ineffective(model, new FullConstants(), Parallel.ONE))
                .isPositive();
        assertThat(result.removed()).hasSize(2);
        assertThat(DeadWeights.ineffective(result.model(), new FullConstants(), Parallel.ONE))
                .isZero();
        assertSame(model, result.model(), 8, 784);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6})
    void randomNetworksWithEmptyRowsStayTheSame(int seed) {
        var random = new Random(seed);
        var model = Dsl.model("""
            input x float[N,3,12,12]
            const w1 float[8,3,3,3] seed %d
            const b1 float[8] seed 2
            const d float[8,1,3,3] seed 3
            const w2 float[8,8,1,1] seed 4
            const b2 float[8] seed 5
            const s float[12] seed 6
            const t float[12] seed 7
            const q float[12] fill 1.0
            const w3 float[12,16,3,3] seed 8
            const w4 float[12,20] seed 9
            const w5 float[20,5] seed 10
            const b4 float[20] seed 11
            a = Conv(x, w1, b1) pads=[1,1,1,1]
            ar = Relu(a)
            e = Conv(ar, d) group=8 pads=[1,1,1,1]
            f = Conv(e, w2, b2)
            g = Add(ar, f)
            c = Concat(g, f) axis=1
            h = Conv(c, w3)
            n = BatchNormalization(h, s, t, t, q)
            m = HardSwish(n)
            p = GlobalAveragePool(m)
            l = Flatten(p)
            k = MatMul(l, w4)
            kb = Add(k, b4)
            z = Gelu(kb) approximate="tanh"
            y = MatMul(z, w5)
            output y
            """.formatted(seed).replaceFirst("^", "opset 20\n"))
                .mapTensors(tensor -> emptied(tensor, 0.3, random));
        var result = DeadWeights.eliminate(model, Parallel.ONE);
        assertThat(result.removed()).isNotEmpty();
        assertSame(model, result.model(), 2, 3, 12, 12);
    }

    @Test
    void aResNetWithEmptyFiltersStaysTheSame() {
        var random = new Random(1);
        var model = OnnxReader.read(TestData.shared("models/resnet20.onnx"))
                .mapTensors(tensor -> emptied(tensor, 0.2, random));
        var result = DeadWeights.eliminate(model, Parallel.ONE);
        assertThat(result.removed()).isNotEmpty();
        assertSame(model, result.model(), 4, 3, 32, 32);
    }
}
