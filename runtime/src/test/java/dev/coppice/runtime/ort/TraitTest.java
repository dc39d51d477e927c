package dev.coppice.runtime.ort;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.Trait;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.ir.testing.Dsl;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the table says of operators is what ONNX Runtime computes, of a model with one node and an input of [1,4,2,2]. */
class TraitTest {

    private static final int SIZE = 16;

    /** Operands and attributes of operators that take more than one input; {@code x} is the data. */
    private static final Map<String, String> CALLS = Map.ofEntries(
            Map.entry("AveragePool", "(x) kernel_shape=[2,2] pads=[1,1,1,1] count_include_pad=1"),
            Map.entry("Cast", "(x) to=11"),
            Map.entry("CastLike", "(x, double)"),
            Map.entry("Celu", "(x) alpha=0.5"),
            Map.entry("Clip", "(x, zero, six)"),
            Map.entry("Concat", "(x, fives) axis=1"),
            Map.entry("DepthToSpace", "(x) blocksize=2"),
            Map.entry("Elu", "(x) alpha=0.3"),
            Map.entry("com.microsoft::BiasGelu", "(x, pair)"),
            Map.entry("Expand", "(x, shape)"),
            Map.entry("Gather", "(x, indices) axis=1"),
            Map.entry("GatherElements", "(x, element)"),
            Map.entry("LeakyRelu", "(x) alpha=0.3"),
            Map.entry("PRelu", "(x, six)"),
            Map.entry("ReduceL1", "(x) axes=[1]"),
            Map.entry("ReduceL2", "(x) axes=[1]"),
            Map.entry("ReduceProd", "(x) axes=[1]"),
            Map.entry("ReduceSumSquare", "(x) axes=[1]"),
            Map.entry("ReduceMax", "(x) axes=[1]"),
            Map.entry("ReduceMean", "(x) axes=[1]"),
            Map.entry("ReduceMin", "(x) axes=[1]"),
            Map.entry("ReduceSum", "(x, one)"),
            Map.entry("Reshape", "(x, flat)"),
            Map.entry("Resize", "(x, , scales) mode=\"linear\""),
            Map.entry("Selu", "(x) alpha=0.7 gamma=3.0"),
            Map.entry("Shrink", "(x) lambd=1.5"),
            Map.entry("Slice", "(x, one, three, one)"),
            Map.entry("SpaceToDepth", "(x) blocksize=2"),
            Map.entry("Split", "(x) axis=1 num_outputs=2"),
            Map.entry("Squeeze", "(x, nought)"),
            Map.entry("ThresholdedRelu", "(x) alpha=-2.0"),
            Map.entry("Tile", "(x, shape)"),
            Map.entry("Unsqueeze", "(x, one)"),
            Map.entry("Upsample", "(x, scales)"));

    @TempDir
    private Path folder;

    /** Unary ones and others of the table, but those of integers, truth values, and what this version of ONNX Runtime has no kernel for. */
    private static Stream<String> operators() {
        var traits =
                Stream.of(Trait.UNARY, Trait.ACTIVATION, Trait.EXACT_ZEROS, Trait.KEEPS_ZERO, Trait.MOVES, Trait.VIEW);
        var operators = new TreeSet<String>();
        traits.forEach(trait -> operators.addAll(trait.operators()));
        operators.removeAll(Set.of("BitwiseNot", "IsInf", "IsNaN", "Not", "Swish"));
        return operators.stream();
    }

    @ParameterizedTest
    @MethodSource("operators")
    void theTableIsRight(String operator) {
        var file = folder.resolve("model.onnx");
        OnnxWriter.write(Dsl.model(text(operator)), file);
        try (var model = OrtModel.open(file, OrtOptions.defaults())) {
            check(operator, model);
        }
    }

    private static void check(String operator, OrtModel model) {
        // Neither symmetric nor whole, with a zero in between.
        var x = floats(i -> i == 7 ? 0 : -4 + 0.53 * i);
        var y = run(model, x);
        if (Trait.UNARY.operators().contains(operator)) {
            assertThat(run(model, floats(i -> x[SIZE - 1 - i]))).containsExactly(floats(i -> y[SIZE - 1 - i]));
        }
        if (Trait.KEEPS_ZERO.operators().contains(operator)) {
            for (float value : run(model, new float[SIZE])) {
                assertThat(value).isZero(); // minus nought too
            }
        }
        if (Trait.ACTIVATION.operators().contains(operator)) {
            float slope = (y[1] - y[0]) / (x[1] - x[0]);
            assertThat(IntStream.range(0, SIZE)).anyMatch(i -> Math.abs(y[0] + slope * (x[i] - x[0]) - y[i]) > 0.01);
        }
        if (Trait.EXACT_ZEROS.operators().contains(operator)) {
            assertThat(IntStream.range(0, SIZE)).anyMatch(i -> x[i] != 0 && y[i] == 0);
        }
        if (Trait.MOVES.operators().contains(operator)) {
            var left = new ArrayList<>(List.of(5f, 5f, 5f, 5f));
            for (float value : x) {
                left.add(value);
            }
            for (float value : y) {
                assertThat(left.remove((Float) value)).isTrue();
            }
        }
        if (Trait.VIEW.operators().contains(operator)) {
            assertThat(y).containsExactly(x);
        }
    }

    private static float[] floats(IntToDoubleFunction function) {
        var values = new float[SIZE];
        IntStream.range(0, SIZE).forEach(i -> values[i] = (float) function.applyAsDouble(i));
        return values;
    }

    private static float[] run(OrtModel model, float[] x) {
        return Objects.requireNonNull(model.run(Map.of("x", HostTensor.ofFloats(x, 1, 4, 2, 2)))
                        .get("y"))
                .toFloats();
    }

    private static String text(String operator) {
        int opset = operator.equals("Upsample") ? 9 : operator.startsWith("Reduce") ? 17 : 20;
        return """
            opset %d
            opset com.microsoft 1
            input x float[1,4,2,2]
            const zero float[] = 0
            const pair float[2] = 0 0
            const six float[] = 6
            const double double[] = 0
            const fives float[1,1,2,2] = 5 5 5 5
            const shape int64[4] = 3 1 1 1
            const indices int64[2] = 2 0
            const element int64[1,1,1,1] = 0
            const nought int64[1] = 0
            const one int64[1] = 1
            const three int64[1] = 3
            const flat int64[2] = 8 -1
            const scales float[4] = 1 1 2 2
            y = %s%s
            output y
            """.formatted(opset, operator, CALLS.getOrDefault(operator, "(x)"));
    }
}
