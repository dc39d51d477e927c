package dev.coppice.pipeline.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.Elements;
import dev.coppice.ir.Model;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.prune.Selection;
import dev.coppice.prune.quantize.ActivationRange;
import dev.coppice.prune.quantize.Int8Range;
import dev.coppice.prune.quantize.StaticInt8;
import dev.coppice.runtime.ort.HostTensor;
import dev.coppice.runtime.ort.OrtOptions.Optimization;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * What ONNX Runtime makes of quantized layers equals scalar integer arithmetic, bit for bit: sums in int32, one multiplication in float32,
 * halves to even. Weights have 7 bits, so that this holds on CPUs without VNNI too.
 */
class StaticInt8ArithmeticTest {

    private static final int RANK = 3; // of the largest kernel

    private static Model quantized(Model model, Map<String, ActivationRange> ranges) {
        var int8 = StaticInt8.of(model, new StaticInt8.Request(Selection.ALL, Int8Range.SEVEN_BIT));
        assertThat(int8.observed()).allSatisfy(value -> assertThat(ranges).containsKey(value));
        var quantization = int8.with(ranges).quantize(Map.of());
        assertThat(quantization.inFloat()).isEmpty();
        return quantization.model();
    }

    private static Tensor tensor(Model model, String name) {
        return model.graph().initializers().stream()
                .filter(tensor -> tensor.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static float[] floats(Model model, String name) {
        var tensor = tensor(model, name);
        var values = new float[(int) tensor.size()];
        Elements.floats(tensor, 0, values, values.length);
        return values;
    }

    private static int[] ints(Model model, String name) {
        return Arrays.stream(Elements.longs(tensor(model, name)))
                .mapToInt(Math::toIntExact)
                .toArray();
    }

    private static byte[] bytes(Model model, String name) {
        var values = ints(model, name);
        var bytes = new byte[values.length];
        IntStream.range(0, bytes.length).forEach(i -> bytes[i] = (byte) values[i]);
        return bytes;
    }

    private static int[] codes(Model model, String value, float[] x) {
        float scale = floats(model, value + ".scale")[0];
        int zero = ints(model, value + ".zero_point")[0];
        return IntStream.range(0, x.length)
                .map(i -> (int) Math.clamp(Math.rint(x[i] / scale) + zero, 0, 255))
                .toArray();
    }

    /** Scales a sum back to the codes of the output, and these to float. */
    private static float output(Model model, int sum, float weightScale) {
        float scale = floats(model, "x.scale")[0] * weightScale / floats(model, "y.scale")[0];
        int zero = ints(model, "y.zero_point")[0];
        int code = (int) Math.clamp(Math.rint(sum * scale) + zero, 0, 255);
        return floats(model, "y.scale")[0] * (code - zero);
    }

    private static String list(int[] values) {
        return Arrays.stream(values).mapToObj(String::valueOf).collect(Collectors.joining(","));
    }

    private static IntegerConv drawConv(Random random) {
        int spatial = 1 + random.nextInt(RANK - 1);
        int groups = 1 + random.nextInt(3);
        boolean depthwise = random.nextInt(3) == 0;
        int each = depthwise ? 1 : 1 + random.nextInt(9);
        int outEach = depthwise ? 1 + random.nextInt(2) : 1 + random.nextInt(9);
        int channels = depthwise ? 1 + random.nextInt(20) : groups * each;
        var in = new int[spatial + 1];
        in[0] = channels;
        var kernel = new int[spatial];
        var strides = new int[spatial];
        var dilations = new int[spatial];
        var pads = new int[2 * spatial];
        for (int d = 0; d < spatial; d++) {
            in[d + 1] = 9 + random.nextInt(9);
            kernel[d] = 1 + random.nextInt(4);
            strides[d] = 1 + random.nextInt(3);
            dilations[d] = 1 + random.nextInt(2);
            pads[d] = random.nextInt(kernel[d]);
            pads[d + spatial] = random.nextInt(kernel[d]);
        }
        int all = depthwise ? channels : groups;
        return new IntegerConv(in, kernel, all * outEach, all, strides, dilations, pads);
    }

    private static Model model(IntegerConv conv, int images, boolean bias, boolean relu) {
        return Dsl.model("""
                input x float[%d,%s]
                const w float[%d,%d,%s] seed 1
                const b float[%d] seed 2
                %s = Conv(x, w%s) group=%d strides=[%s] dilations=[%s] pads=[%s]
                %s
                output y
                """.formatted(
                        images,
                        list(conv.in()),
                        conv.outChannels(),
                        conv.in()[0] / conv.groups(),
                        list(conv.kernel()),
                        conv.outChannels(),
                        relu ? "a" : "y",
                        bias ? ", b" : "",
                        conv.groups(),
                        list(conv.strides()),
                        list(conv.dilations()),
                        list(conv.pads()),
                        relu ? "y = Relu(a)" : ""));
    }

    private static Map<String, HostTensor> draw(Model model, IntegerConv conv, int images, long seed) {
        var sizes = IntStream.concat(IntStream.of(images), Arrays.stream(conv.in()));
        return Runs.draw(model, seed, sizes.asLongStream().toArray());
    }

    @Test
    void aConvOfAnyShapeIsExact() {
        for (int seed = 0; seed < 60; seed++) {
            var random = new Random(seed);
            var conv = drawConv(random);
            boolean bias = random.nextBoolean();
            boolean relu = random.nextBoolean();
            var model = model(conv, 2, bias, relu);
            var ranges = Map.of("x", new ActivationRange(-2.5f, 3), "y", new ActivationRange(relu ? 0 : -4, 5));
            var quantized = quantized(model, ranges);
            var inputs = draw(model, conv, 2, seed);
            var stored = bias ? (relu ? "a" : "y") + ".bias.int32" : "";
            var expected = expected(quantized, conv, stored, inputs.get("x").toFloats());
            assertThat(Runs.outputs(quantized, inputs)).as("seed " + seed).containsExactly(expected);
        }
    }

    private static float[] expected(Model model, IntegerConv conv, String bias, float[] x) {
        var codes = codes(model, "x", x);
        int zero = ints(model, "x.zero_point")[0];
        var scales = floats(model, "w.int8.scale");
        var weights = bytes(model, "w.int8");
        var added = bias.isEmpty() ? new int[0] : ints(model, bias);
        int image = IntegerConv.product(conv.in());
        int size = IntegerConv.product(conv.out());
        var expected = new float[2 * size];
        for (int n = 0; n < 2; n++) {
            var sums = conv.accumulate(Arrays.copyOfRange(codes, n * image, (n + 1) * image), zero, weights, added);
            for (int i = 0; i < size; i++) {
                expected[n * size + i] = output(model, sums[i], scales[i / (size / conv.outChannels())]);
            }
        }
        return expected;
    }

    @Test
    void aGemmBetweenOthersIsExactWhicheverWayItsWeightLies() {
        for (int seed = 0; seed < 20; seed++) {
            var random = new Random(seed);
            int rows = 1 + random.nextInt(5);
            int depth = 1 + random.nextInt(70);
            int columns = 1 + random.nextInt(40);
            boolean transposed = random.nextBoolean();
            // The second layer is there to have y in uint8; it multiplies by one.
            var model = Dsl.model("""
                    input x float[%d,%d]
                    const w float[%s] seed 1
                    const b float[%d] seed 2
                    const one float[1,1,1] = 1
                    a = Gemm(x, w, b) transB=%d
                    y = Relu(a)
                    const axes int64[1] = 1
                    u = Unsqueeze(y, axes)
                    z = Conv(u, one)
                    output z
                    """.formatted(
                            rows,
                            depth,
                            transposed ? columns + "," + depth : depth + "," + columns,
                            columns,
                            transposed ? 1 : 0));
            var ranges = new HashMap<>(Map.of("x", new ActivationRange(-2.5f, 3), "y", new ActivationRange(0, 9)));
            ranges.put("u", new ActivationRange(0, 9));
            ranges.put("z", new ActivationRange(0, 9));
            var quantized = quantized(model, ranges);
            var inputs = Runs.draw(model, seed, rows, depth);
            var codes = codes(quantized, "x", inputs.get("x").toFloats());
            int zero = ints(quantized, "x.zero_point")[0];
            var weights = bytes(quantized, "w.int8");
            var bias = ints(quantized, "a.bias.int32");
            var scales = floats(quantized, "w.int8.scale");
            var expected = new float[rows * columns];
            for (int i = 0; i < expected.length; i++) {
                int sum = bias[i % columns];
                for (int k = 0; k < depth; k++) {
                    int w = transposed ? (i % columns) * depth + k : k * columns + i % columns;
                    sum += (codes[i / columns * depth + k] - zero) * weights[w];
                }
                expected[i] = output(quantized, sum, scales[i % columns]);
            }
            assertThat(Runs.outputs(quantized, inputs)).as("seed " + seed).containsExactly(expected);
        }
    }

    @Test
    void withoutFusionTheSameGraphDiffersByAStepAtMost() {
        for (int seed = 0; seed < 10; seed++) {
            var conv = drawConv(new Random(seed));
            var model = model(conv, 1, true, false);
            var quantized =
                    quantized(model, Map.of("x", new ActivationRange(-2.5f, 3), "y", new ActivationRange(-4, 5)));
            var inputs = draw(model, conv, 1, seed);
            var fused = Runs.outputs(quantized, inputs);
            var plain = Runs.joined(Runs.run(quantized, inputs, Optimization.NONE));
            float step = 1.001f * floats(quantized, "y.scale")[0];
            for (int i = 0; i < fused.length; i++) {
                assertThat(Math.abs(fused[i] - plain[i])).isLessThanOrEqualTo(step);
            }
        }
    }
}
