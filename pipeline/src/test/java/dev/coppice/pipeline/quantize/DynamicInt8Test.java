package dev.coppice.pipeline.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OrtException;
import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.Shape;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.ValueInfo;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.prune.Selection;
import dev.coppice.prune.quantize.DynamicInt8;
import dev.coppice.prune.quantize.FloatLayer;
import dev.coppice.prune.quantize.Int8Range;
import dev.coppice.prune.quantize.Quantization;
import dev.coppice.runtime.ort.HostTensor;
import dev.coppice.runtime.ort.OrtOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DynamicInt8Test {

    private static final DynamicInt8.Request ALL = new DynamicInt8.Request(Selection.ALL, Int8Range.FULL, false);
    private static final DynamicInt8.Request WITH_EMBEDDINGS =
            new DynamicInt8.Request(Selection.ALL, Int8Range.FULL, true);

    /** What ONNX Runtime computes exactly on this machine. */
    private static final Int8Range EXACT = Cpu.range();

    @TempDir
    private Path folder;

    private OrtRuns ort;

    @BeforeEach
    void inFolder() {
        ort = new OrtRuns(folder);
    }

    private static Quantization quantize(Model model) {
        return DynamicInt8.of(model, ALL).quantize(Map.of());
    }

    private static float[] draw(SplittableRandom random, int count) {
        var values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian() + 0.3f;
        }
        return values;
    }

    private static Tensor constant(Graph graph, String name) {
        return graph.initializers().stream()
                .filter(tensor -> tensor.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static List<String> operators(Model model) {
        return model.graph().nodes().stream().map(Node::opType).toList();
    }

    private static Node only(Model model, String op) {
        return model.graph().nodes().stream()
                .filter(node -> node.is(op))
                .findFirst()
                .orElseThrow();
    }

    /** The formula of DynamicQuantizeLinear in ONNX, and one loop over all products. */
    private static int[] sums(float[] x, long[] w, int m, int k, int n) {
        float least = 0;
        float most = 0;
        for (float value : x) {
            least = Math.min(least, value);
            most = Math.max(most, value);
        }
        float scale = (most - least) / 255;
        int zeroPoint = (int) Math.clamp(Math.rint((0 - least) / scale), 0, 255);
        var sums = new int[m * n];
        for (int row = 0; row < m; row++) {
            for (int column = 0; column < n; column++) {
                for (int i = 0; i < k; i++) {
                    int q = (int) Math.clamp(Math.rint(x[row * k + i] / scale) + zeroPoint, 0, 255);
                    sums[row * n + column] += (q - zeroPoint) * (int) w[i * n + column];
                }
            }
        }
        return sums;
    }

    @Test
    void theIntegersAreThoseOfAScalarLoopOnOddShapes() {
        for (int seed = 0; seed < 25; seed++) {
            var random = new SplittableRandom(seed);
            int m = random.nextInt(1, 40);
            int k = random.nextInt(1, 150);
            int n = random.nextInt(1, 70);
            var range = seed % 2 == 0 ? EXACT : Int8Range.SEVEN_BIT;
            var model = Dsl.model("""
                    input x float[%d,%d]
                    const w float[%d,%d] seed %d
                    y = MatMul(x, w)
                    output y float[%d,%d]
                    """.formatted(m, k, k, n, seed, m, n));
            var int8 = DynamicInt8.of(model, new DynamicInt8.Request(Selection.ALL, range, false))
                    .quantize(Map.of())
                    .model();
            var product = only(int8, "MatMulInteger");
            var x = draw(random, m * k);
            var shown = OrtRuns.showing(
                    int8, ValueInfo.of(product.output(0), DType.INT32, Shape.of(List.of((long) m, (long) n))));
            var outputs = ort.run(shown, Map.of("x", HostTensor.ofFloats(x, m, k)));
            var actual = new int[m * n];
            outputs.get(product.output(0)).buffer().asIntBuffer().get(actual);
            var w = Elements.longs(constant(int8.graph(), product.input(1)));
            assertThat(actual).as("%d x %d x %d", m, k, n).isEqualTo(sums(x, w, m, k, n));
        }
    }

    /** Each factor is at most half a step away from what it was. */
    private void assertWithinHalfSteps(Model model, int k, Map<String, HostTensor> inputs) {
        var expected = ort.run(model, inputs).get("y").toFloats();
        var int8 = DynamicInt8.of(model, new DynamicInt8.Request(Selection.ALL, EXACT, false))
                .quantize(Map.of())
                .model();
        var actual = ort.run(int8, inputs).get("y").toFloats();
        double largest = 4.5; // all drawn numbers lie within 4.5 standard deviations
        double step = largest / EXACT.most();
        double xStep = 2 * largest / 255;
        double bound = k * (largest * step / 2 + largest * xStep / 2 + step * xStep / 4);
        assertThat(actual).hasSameSizeAs(expected);
        double difference = 0;
        for (int i = 0; i < expected.length; i++) {
            difference = Math.max(difference, Math.abs(expected[i] - actual[i]));
        }
        assertThat(difference).isPositive().isLessThan(bound);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Gemm(x, t, b) transB=1",
                "Gemm(x, w, b) alpha=0.5 beta=2.0",
                "Gemm(x, w)",
                "Gemm(z, w, b) transA=1",
                "MatMul(x, w)"
            })
    void aProductIsTheFloatOneToHalfAStepOfEachFactor(String product) {
        var model = Dsl.model("""
                input x float[5,24]
                const w float[24,16] seed 1
                const t float[16,24] seed 2
                const b float[16] seed 3
                z = Transpose(x)
                y = %s
                output y float[5,16]
                """.formatted(product));
        var x = HostTensor.ofFloats(draw(new SplittableRandom(4), 120), 5, 24);
        assertWithinHalfSteps(model, 24, Map.of("x", x));
        assertThat(operators(quantize(model).model())).contains("MatMulInteger");
    }

    @Test
    void leadingAxesOfTheActivationStay() {
        var model = Dsl.model("""
                input x float[2,3,4,24]
                const w float[24,7] seed 1
                y = MatMul(x, w)
                output y float[2,3,4,7]
                """);
        var x = HostTensor.ofFloats(draw(new SplittableRandom(4), 576), 2, 3, 4, 24);
        assertWithinHalfSteps(model, 24, Map.of("x", x));
    }

    @Test
    void otherFloatTypesKeepTheirOutputs() {
        for (var type : List.of("double", "float16")) {
            var model = Dsl.model("""
                    input x %s[3,8]
                    const w %s[8,4] seed 1
                    const b %s[4] seed 2
                    y = Gemm(x, w, b)
                    output y %s[3,4]
                    """.formatted(type, type, type, type));
            var x = HostTensor.ofFloats(
                    type.equals("double") ? DType.DOUBLE : DType.FLOAT16, draw(new SplittableRandom(4), 24), 3, 8);
            assertWithinHalfSteps(model, 8, Map.of("x", x));
        }
    }

    private static final String ATTENTION = """
            input x float[1,6,8]
            const q float[8,8] seed 1
            const k float[8,8] seed 2
            const qb float[8] seed 3
            const f float[8,32] seed 4
            const g float[32,8] seed 5
            a0 = MatMul(x, q) name="query"
            a = Add(a0, qb)
            b = MatMul(x, k) name="key"
            bt = Transpose(b) perm=[0,2,1]
            s = MatMul(a, bt) name="scores"
            p = Softmax(s)
            v = MatMul(p, x) name="mix"
            h0 = MatMul(v, f) name="up"
            h = Relu(h0)
            y = MatMul(h, g) name="down"
            output y float[1,6,8]
            """;

    @Test
    void readersOfOneInputShareItsQuantizationAndProductsOfActivationsStayFloat() {
        var result = quantize(Dsl.model(ATTENTION));
        assertThat(result.layers()).extracting("node.name").containsExactly("query", "key", "up", "down");
        var operators = operators(result.model());
        assertThat(operators).filteredOn("DynamicQuantizeLinear"::equals).hasSize(3);
        assertThat(operators).filteredOn("MatMulInteger"::equals).hasSize(4);
        assertThat(operators).filteredOn("MatMul"::equals).hasSize(2);
    }

    @Test
    void onnxRuntimeFusesEveryProduct() throws OrtException {
        var optimized = ort.optimized(quantize(Dsl.model(ATTENTION)).model());
        assertThat(optimized).doesNotContain("MatMulInteger", "Cast", "Mul", "Add");
        assertThat(optimized).filteredOn("MatMulIntegerToFloat"::equals).hasSize(2);
        assertThat(optimized).filteredOn("DynamicQuantizeMatMul"::equals).hasSize(2);
    }

    @Test
    void nodesKeepTheirNamesAndTheModelItsInterface() {
        var model = Dsl.model(ATTENTION);
        var int8 = quantize(model).model();
        assertThat(int8.graph().inputs()).isEqualTo(model.graph().inputs());
        assertThat(int8.graph().outputs()).isEqualTo(model.graph().outputs());
        assertThat(only(int8, "MatMulInteger").name()).isEqualTo("query");
        assertThat(int8.graph().nodes().stream().map(Node::name).filter(name -> !name.isEmpty()))
                .doesNotHaveDuplicates();
    }

    @Test
    void aSharedWeightIsStoredOnce() {
        var int8 = quantize(Dsl.model("""
                input x float[2,4]
                const w float[4,4] seed 1
                h = MatMul(x, w)
                t = Transpose(w)
                g = Gemm(h, t) transB=1
                y = Add(h, g)
                output y float[2,4]
                """));
        assertThat(int8.layers()).hasSize(2);
        assertThat(int8.model().graph().initializers())
                .extracting(Tensor::name)
                .containsExactly("w_int8", "w_int8_scale");
    }

    @Test
    void rowsOfATableAreGatheredInInt8() {
        var model = Dsl.model("""
                input ids int64[2,3]
                const table float[50,16] seed 1
                y = Gather(table, ids)
                output y float[2,3,16]
                """);
        assertThat(quantize(model).isEmpty()).isTrue();
        var int8 = DynamicInt8.of(model, WITH_EMBEDDINGS).quantize(Map.of());
        var ids = Map.of("ids", HostTensor.ofLongs(new long[] {0, 49, 7, 7, 3, 21}, 2, 3));
        var expected = ort.run(model, ids).get("y").toFloats();
        var actual = ort.run(int8.model(), ids).get("y").toFloats();
        assertThat(actual).hasSize(expected.length);
        for (int i = 0; i < expected.length; i++) {
            assertThat(actual[i]).isCloseTo(expected[i], within(4.5f / 127 / 2));
        }
        assertThat(int8.model().graph().initializers()).noneMatch(t -> t.name().equals("table"));
    }

    @Test
    void twoOfFourStayTwoOfFour() {
        var model = Dsl.model("""
                input x float[1,8]
                const w float[8,1] = 1 0 0 2 0 3 4 0
                y = MatMul(x, w)
                output y float[1,1]
                """);
        var int8 = quantize(model);
        var values = Elements.longs(constant(int8.model().graph(), "w_int8"));
        assertThat(values).containsExactly(32, 0, 0, 64, 0, 95, 127, 0);
        assertThat(int8.layers().getFirst().zeros()).isEqualTo(4);
    }

    @Test
    void whatStaysInFloatSaysWhy() {
        var model = Dsl.model("""
                input x float[1,3,8,8]
                const c float[4,3,3,3] seed 1
                const l float[4,8] seed 2
                const b float[4,8,8] seed 3
                const n float[8,2] = 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 NaN
                a = Conv(x, c) name="conv" pads=[1,1,1,1]
                d = MatMul(a, b) name="batched"
                e = MatMul(l, d) name="left"
                y = MatMul(e, n) name="nan"
                output y float[1,4,4,2]
                """);
        var result = quantize(model);
        assertThat(result.isEmpty()).isTrue();
        assertThat(result.model()).isSameAs(model);
        assertThat(result.inFloat()).extracting(FloatLayer::node).containsExactly("conv", "batched", "left", "nan");
        assertThat(result.inFloat())
                .extracting(FloatLayer::reason)
                .satisfiesExactly(
                        r -> assertThat(r).contains("--int8 static"),
                        r -> assertThat(r).contains("3 dimensions"),
                        r -> assertThat(r).contains("left operand"),
                        r -> assertThat(r).contains("NaN"));
    }

    @Test
    void layersAreChosenByGlobAndById() {
        var model = Dsl.model(ATTENTION);
        var kept = new DynamicInt8.Request(new Selection(List.of("down"), List.of()), Int8Range.FULL, false);
        var byGlob = DynamicInt8.of(model, kept).quantize(Map.of("h0", "too much damage"));
        assertThat(byGlob.layers()).extracting("node.name").containsExactly("query", "key");
        assertThat(byGlob.inFloat())
                .extracting(FloatLayer::reason)
                .containsExactlyInAnyOrder("kept in float as asked", "too much damage");
        var nothing = new DynamicInt8.Request(new Selection(List.of("dwon"), List.of()), Int8Range.FULL, false);
        assertThatThrownBy(() -> DynamicInt8.of(model, nothing))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("'dwon'");
    }

    private static final String OLD = """
            opset %d
            ir_version 3
            input x float[1,2,4,4]
            input w float[32,8]
            const w float[32,8] seed 1
            a = Clip(x) min=-1.0 max=1.0
            p = Pad(a) pads=[0,0,1,1,0,0,1,1] value=0.5
            s = Slice(p) starts=[1,1] ends=[5,5] axes=[2,3]
            u = Unsqueeze(s) axes=[0]
            q = Squeeze(u) axes=[0]
            d = Dropout(q) ratio=0.5
            f = Flatten(d)
            m = MatMul(f, w)
            t = ReduceSum(m) axes=[1] keepdims=1
            n = Sub(m, t)
            y = Softmax(n)
            output y float[1,8]
            """;

    @Test
    void anOldOpsetIsRaisedToOneThatComputesTheSame() {
        var old = Dsl.model(OLD.formatted(9));
        var x = Map.of("x", HostTensor.ofFloats(draw(new SplittableRandom(1), 32), 1, 2, 4, 4));
        var expected = ort.run(old, x, OrtOptions.defaults()).get("y").toFloats();
        for (int version : new int[] {11, 12, 13}) {
            var raised =
                    dev.coppice.ir.rules.RaiseOpset.to(old, version).model().orElseThrow();
            assertThat(raised.opset()).isEqualTo(version);
            assertThat(ort.run(raised, x).get("y").toFloats()).containsExactly(expected);
        }
        assertThat(quantize(old).layers()).hasSize(1);
        assertThat(ort.run(quantize(old).model(), x)).containsKey("y");
    }

    @Test
    void aModelThatCannotBeRaisedStaysInFloatAndSaysWhy() {
        var model = Dsl.model("""
                opset 8
                input x float[2,8]
                const w float[8,4] seed 1
                const s float[4] seed 2
                h = MatMul(x, w) name="dense"
                v = BatchNormalization(h, s, s, s, s) name="best" spatial=0
                output v float[2,4]
                """);
        var result = quantize(model);
        assertThat(result.isEmpty()).isTrue();
        assertThat(result.inFloat().getFirst().reason())
                .contains("opset 8", "BatchNormalization 'best'", "export it again");
    }
}
