package dev.coppice.ir.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Mask;
import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import dev.coppice.ir.testing.Dsl;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConstantEvaluatorTest {

    @Test
    void prunedElementsMoveAsZeros() {
        var weight = constants("const w float[2,2] = 1 2 3 4").get("w");
        var mask = new Mask(4);
        mask.prune(1);
        var output = run("y = Transpose(w)", Map.of("w", weight.masked(mask))).orElseThrow();
        assertThat(Tensors.doubles(output)).containsExactly(1, 3, 0, 4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"float", "double", "float16", "bfloat16", "int64", "int8", "uint16", "bool"})
    void elementsOfEveryWidthMove(String type) {
        var constants = constants("""
            const x %s[4] = 0 1 0 1
            const from int64[1] = 1
            const to int64[1] = 4
            """.formatted(type));
        var output = run("y = Slice(x, from, to)", constants).orElseThrow();
        assertThat(output.dims()).containsExactly(3L);
        var values = output.type().integral() ? asDoubles(Elements.longs(output)) : Tensors.doubles(output);
        assertThat(values).containsExactly(1, 0, 1);
    }

    @Test
    void stringsMoveToo() {
        var constants = constants("const x string[2] = \"a\" \"b\"\nconst i int64[3] = 1 0 1");
        var output = run("y = Gather(x, i)", constants).orElseThrow();
        assertThat(output.data())
                .isInstanceOfSatisfying(
                        TensorData.Strings.class,
                        data -> assertThat(data.strings())
                                .extracting(s -> new String(s.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8))
                                .containsExactly("b", "a", "b"));
    }

    @Test
    void weightsThatNewerExportsAssembleComeOutWhole() {
        // The gates of an LSTM, reordered: zeros into which slices are scattered.
        var constants = constants("""
            const zeros float[4,2] fill 0
            const rows int64[2,1] = 3 0
            const parts float[2,2] = 1 2 3 4
            """);
        var output = run("y = ScatterND(zeros, rows, parts)", constants).orElseThrow();
        assertThat(Tensors.doubles(output)).containsExactly(3, 4, 0, 0, 0, 0, 1, 2);
    }

    @Test
    void halfPrecisionRoundsOnce() {
        var constants = constants("const a float16[1] = 2048\nconst b float16[1] = 1.5");
        // 2049.5 lies between 2048 and 2050, the neighbours in float16.
        assertThat(Tensors.doubles(run("y = Add(a, b)", constants).orElseThrow()))
                .containsExactly(2050);
    }

    @Test
    void integersWrapAndDivideTowardsZero() {
        var constants = constants("const a int32[2] = 2147483647 -7\nconst b int32[2] = 1 2\nconst z int32[2] = 0 1");
        assertThat(Elements.longs(run("y = Add(a, b)", constants).orElseThrow()))
                .containsExactly(Integer.MIN_VALUE, -5);
        assertThat(Elements.longs(run("y = Div(a, b)", constants).orElseThrow()))
                .containsExactly(2147483647, -3);
        assertThat(run("y = Div(a, z)", constants)).isEmpty();
    }

    @Test
    void whatIsTooLargeOrNotCoveredIsNotComputed() {
        var constants = constants("const s int64[2] = 100 100\nconst x float[2] = 1 2");
        var node = Dsl.model("y = ConstantOfShape(s)").graph().nodes().getFirst();
        var inputs = new ArrayList<@Nullable Tensor>(List.of(constants.get("s")));
        assertThat(ConstantEvaluator.evaluate(node, inputs, 9_999)).isEmpty();
        assertThat(ConstantEvaluator.evaluate(node, inputs, 10_000)).isPresent();
        assertThat(run("y = Softmax(x)", constants)).isEmpty();
    }

    @Test
    void contradictionsAreRefusedByName() {
        var constants = constants("const x float[2,3] seed 1\nconst i int64[1] = 7\nconst t int64[1] = 5");
        assertThatThrownBy(() -> run("y = Gather(x, i) name=\"pick\"", constants))
                .isInstanceOf(BadModelException.class)
                .hasMessageContaining("node 'pick' (Gather)");
        assertThatThrownBy(() -> run("y = Reshape(x, t)", constants)).isInstanceOf(BadModelException.class);
        assertThatThrownBy(() -> run("y = Transpose(x) perm=[0,0]", constants)).isInstanceOf(BadModelException.class);
        assertThatThrownBy(() -> run("y = Concat(x, i) axis=0", constants)).isInstanceOf(BadModelException.class);
    }

    /** As weight standardisation is exported: rows of a weight are the channels. */
    @Test
    void inTrainingModeChannelsAreNormalisedByTheirOwnStatistics() {
        var constants = constants("""
            const x float[1,2,4] = 1 2 3 6 -1 -1 1 1
            const scale float[2] = 2 1
            const shift float[2] = 0 5
            const mean float[2] = 10 20
            const variance float[2] = 1 2
            """);
        var node = Dsl.model("y, m, v = BatchNormalization(x, scale, shift, mean, variance)"
                        + " training_mode=1 epsilon=0.0 momentum=0.75")
                .graph()
                .nodes()
                .getFirst();
        var inputs = node.inputs().stream().map(constants::get).toList();
        var outputs = ConstantEvaluator.evaluate(node, inputs).orElseThrow();
        double deviation = Math.sqrt(3.5); // of 1, 2, 3 and 6, whose mean is 3
        assertThat(Tensors.doubles(outputs.getFirst()))
                .containsExactly(
                        new double[] {-4 / deviation, -2 / deviation, 0, 6 / deviation, 4, 4, 6, 6}, within(1e-6));
        assertThat(Tensors.doubles(outputs.get(1))).containsExactly(.75 * 10 + .25 * 3, .75 * 20);
        assertThat(Tensors.doubles(outputs.get(2)))
                .containsExactly(new double[] {.75 + .25 * 3.5, .75 * 2 + .25}, within(1e-6));
        assertThat(run("y = BatchNormalization(x, scale, shift, mean, variance) epsilon=0.0", constants)
                        .map(Tensors::doubles))
                .hasValueSatisfying(y -> assertThat(y[0]).isEqualTo(-18));
    }

    @Test
    void onlyOutputsThatHaveNamesMakeTraining() {
        var node = Dsl.model("y = BatchNormalization(x, s, b, m, v)")
                .graph()
                .nodes()
                .getFirst();
        assertThat(Normalizations.isTraining(node)).isFalse();
        assertThat(Normalizations.isTraining(withOutputs(node, "y", "", "", "", "")))
                .isFalse();
        assertThat(Normalizations.isTraining(withOutputs(node, "y", "mean", "var", "a", "b")))
                .isTrue();
    }

    private static Node withOutputs(Node node, String... outputs) {
        return Node.of(node.name(), node.opType(), node.inputs(), List.of(outputs));
    }

    @Test
    void aSliceClampsToTheAxis() {
        assertThat(SliceRange.of(-100, 100, 1, 5)).isEqualTo(new SliceRange(0, 5));
        assertThat(SliceRange.of(-1, Long.MIN_VALUE, -2, 5)).isEqualTo(new SliceRange(4, 3));
        assertThat(SliceRange.of(3, 1, 1, 5).count()).isZero();
        assertThat(SliceRange.of(0, Long.MAX_VALUE, 1, 0).count()).isZero();
    }

    @Test
    void aTensorOfLongsIsAVector() {
        var tensor = Tensors.ofLongs("shape", 1, -1);
        assertThat(tensor.type()).isEqualTo(DType.INT64);
        assertThat(tensor.dims()).containsExactly(2L);
    }

    private static Map<String, Tensor> constants(String text) {
        var constants = new HashMap<String, Tensor>();
        Dsl.model(text).graph().initializers().forEach(t -> constants.put(t.name(), t));
        return constants;
    }

    private static Optional<Tensor> run(String text, Map<String, Tensor> constants) {
        var node = Dsl.model(text).graph().nodes().getFirst();
        var inputs = node.inputs().stream().map(constants::get).toList();
        return ConstantEvaluator.evaluate(node, inputs).map(List::getFirst);
    }

    private static double[] asDoubles(long[] values) {
        return Arrays.stream(values).asDoubleStream().toArray();
    }
}
