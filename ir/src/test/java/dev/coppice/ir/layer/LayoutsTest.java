package dev.coppice.ir.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.BadModelException;
import dev.coppice.ir.DType;
import dev.coppice.ir.Node;
import dev.coppice.ir.eval.Tensors;
import dev.coppice.ir.weight.Weight;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Holds the layouts against scalar references of the operators: row r holds exactly what output feature r is made of. */
class LayoutsTest {

    /** An operator with fixed inputs, as a function of its weight; one number for each output feature. */
    @FunctionalInterface
    private interface Features {
        double[] of(double[] weight);
    }

    private static Weight weight(long... dims) {
        var shape = Arrays.stream(dims).boxed().toList();
        int size = Math.toIntExact(shape.stream().reduce(1L, (a, b) -> a * b));
        var strides = new ArrayList<Long>();
        long stride = 1;
        for (long dim : shape.reversed()) {
            strides.addFirst(stride);
            stride *= dim;
        }
        return new Weight("w", Tensors.ofDoubles(DType.FLOAT, shape, new double[size]), shape, strides, 0);
    }

    private static Node node(String op, Attribute... attributes) {
        return Node.of("n", op, List.of("x", "w", "r"), List.of("y"), attributes);
    }

    private static int[] elements(WeightMatrix matrix, int row) {
        var columns = matrix.columns().offsets();
        return IntStream.range(0, columns.length)
                .map(c ->
                        Math.toIntExact(matrix.weight().offset() + matrix.rows().offsets()[row] + columns[c]))
                .toArray();
    }

    /** Asserts that the rows partition the weight, and that a feature is zero just when its row is. */
    private static void assertRowsAreFeatures(WeightMatrix matrix, Features operator) {
        int size = Math.toIntExact(matrix.weight().size());
        var random = new SplittableRandom(1);
        var values = random.doubles(size, 0.5, 1.5).toArray();
        var full = operator.of(values);
        assertThat(full).hasSize(matrix.rowCount()).doesNotContain(0.0);
        var seen = new HashSet<Integer>();
        for (int row = 0; row < matrix.rowCount(); row++) {
            var cut = values.clone();
            for (int element : elements(matrix, row)) {
                cut[element] = 0;
                assertThat(seen.add(element))
                        .as("element %s belongs to one row", element)
                        .isTrue();
            }
            var expected = full.clone();
            expected[row] = 0;
            assertThat(operator.of(cut)).as("without row %s", row).isEqualTo(expected);
        }
        assertThat(seen).hasSize(size);
    }

    /** Asserts that column c holds what input c of the reduction is multiplied with: one weight alone at (r, c) gives r its input c. */
    private static void assertColumnsAreInputs(WeightMatrix matrix, Features operator, double[] inputs) {
        for (int row = 0; row < matrix.rowCount(); row++) {
            var elements = elements(matrix, row);
            for (int column = 0; column < elements.length; column++) {
                var single = new double[Math.toIntExact(matrix.weight().size())];
                single[elements[column]] = 1;
                assertThat(operator.of(single)[row])
                        .as("row %s, column %s", row, column)
                        .isEqualTo(inputs[column]);
            }
        }
    }

    private static double[] counting(int n) {
        return IntStream.rangeClosed(1, n).mapToDouble(i -> i).toArray();
    }

    @Test
    void groupedConvolution() {
        int outputs = 6;
        int perGroup = 2;
        int kernel = 3;
        // One output pixel whose patch of input i of the group and tap k holds 1 + i * kernel + k, in every group.
        Features conv = w -> {
            var features = new double[outputs];
            for (int o = 0; o < outputs; o++) {
                for (int i = 0; i < perGroup; i++) {
                    for (int k = 0; k < kernel; k++) {
                        features[o] += w[(o * perGroup + i) * kernel + k] * (1 + i * kernel + k);
                    }
                }
            }
            return features;
        };
        var matrix = Layouts.of(node("Conv", Attribute.of("group", 3)), 1, weight(outputs, perGroup, kernel));
        assertRowsAreFeatures(matrix, conv);
        assertColumnsAreInputs(matrix, conv, counting(perGroup * kernel));
    }

    @Test
    void depthwiseAndThreeDimensionalConvolutionHaveOneRowForEachOutput() {
        var depthwise = Layouts.of(node("Conv", Attribute.of("group", 5)), 1, weight(5, 1, 3, 3));
        assertThat(depthwise.rowCount()).isEqualTo(5);
        assertThat(depthwise.columnCount()).isEqualTo(9);
        var volume = Layouts.of(node("Conv"), 1, weight(4, 3, 2, 2, 2));
        assertThat(volume.rowCount()).isEqualTo(4);
        assertThat(elements(volume, 1)).containsExactly(IntStream.range(24, 48).toArray());
    }

    @Test
    void groupedTransposedConvolution() {
        int groups = 2;
        int inputs = 6;
        int outputsPerGroup = 3;
        int kernel = 2;
        int inputsPerGroup = inputs / groups;
        // All output pixels added up: every tap meets every input pixel; input i of a group holds 1 + i * kernel + k
        // for tap k.
        Features convTranspose = w -> {
            var features = new double[groups * outputsPerGroup];
            for (int g = 0; g < groups; g++) {
                for (int i = 0; i < inputsPerGroup; i++) {
                    for (int o = 0; o < outputsPerGroup; o++) {
                        for (int k = 0; k < kernel; k++) {
                            features[g * outputsPerGroup + o] +=
                                    w[((g * inputsPerGroup + i) * outputsPerGroup + o) * kernel + k]
                                            * (1 + i * kernel + k);
                        }
                    }
                }
            }
            return features;
        };
        var matrix = Layouts.of(
                node("ConvTranspose", Attribute.of("group", groups)), 1, weight(inputs, outputsPerGroup, kernel));
        assertRowsAreFeatures(matrix, convTranspose);
        assertColumnsAreInputs(matrix, convTranspose, counting(inputsPerGroup * kernel));
    }

    @Test
    void groupsThatDoNotDivideTheChannelsAreRefused() {
        var node = node("ConvTranspose", Attribute.of("group", 4));
        assertThatThrownBy(() -> Layouts.of(node, 1, weight(6, 3, 2)))
                .isInstanceOf(BadModelException.class)
                .hasMessageContaining("6 input channels in 4 groups");
    }

    /** One output column of {@code [M, K] x [K, 1]}: element (m, k) of the left operand is at {@code m * rowStep + k * columnStep}. */
    private static Features product(int features, int inputs, int rowStep, int columnStep) {
        return w -> {
            var sums = new double[features];
            for (int f = 0; f < features; f++) {
                for (int k = 0; k < inputs; k++) {
                    sums[f] += w[f * rowStep + k * columnStep] * (k + 1);
                }
            }
            return sums;
        };
    }

    @Test
    void gemmHonoursTranspositionOnBothSides() {
        var flag = new long[] {0, 1};
        for (long transposed : flag) {
            // B [K=3, N=5], or [N, K]
            var b = transposed == 0 ? weight(3, 5) : weight(5, 3);
            var right = Layouts.of(node("Gemm", Attribute.of("transB", transposed)), 1, b);
            var rightProduct = transposed == 0 ? product(5, 3, 1, 5) : product(5, 3, 3, 1);
            assertRowsAreFeatures(right, rightProduct);
            assertColumnsAreInputs(right, rightProduct, counting(3));
            // A [M=4, K=3], or [K, M]
            var a = transposed == 0 ? weight(4, 3) : weight(3, 4);
            var left = Layouts.of(node("Gemm", Attribute.of("transA", transposed)), 0, a);
            var leftProduct = transposed == 0 ? product(4, 3, 3, 1) : product(4, 3, 1, 4);
            assertRowsAreFeatures(left, leftProduct);
            assertColumnsAreInputs(left, leftProduct, counting(3));
        }
    }

    @Test
    void matMulOnEitherSide() {
        var right = Layouts.of(node("MatMul"), 1, weight(3, 5));
        assertRowsAreFeatures(right, product(5, 3, 1, 5));
        assertColumnsAreInputs(right, product(5, 3, 1, 5), counting(3));
        var left = Layouts.of(node("MatMul"), 0, weight(4, 3));
        assertRowsAreFeatures(left, product(4, 3, 3, 1));
        assertColumnsAreInputs(left, product(4, 3, 3, 1), counting(3));
    }

    @Test
    void batchedMatMulHasARowForEachFeatureOfEachBatch() {
        int batches = 2;
        int inputs = 3;
        int outputs = 4;
        Features bmm = w -> {
            var features = new double[batches * outputs];
            for (int b = 0; b < batches; b++) {
                for (int n = 0; n < outputs; n++) {
                    for (int k = 0; k < inputs; k++) {
                        features[b * outputs + n] += w[(b * inputs + k) * outputs + n] * (k + 1);
                    }
                }
            }
            return features;
        };
        var matrix = Layouts.of(node("MatMul"), 1, weight(batches, inputs, outputs));
        assertRowsAreFeatures(matrix, bmm);
        assertColumnsAreInputs(matrix, bmm, counting(inputs));
    }

    @Test
    void recurrentWeightsHaveARowForEachGateUnitOfEachDirection() {
        int directions = 2;
        int gates = 4 * 3;
        int inputs = 5;
        // The gates' pre-activations: W x, for each direction.
        Features lstm = product(directions * gates, inputs, inputs, 1);
        for (int operand = 1; operand <= 2; operand++) {
            var matrix = Layouts.of(node("LSTM"), operand, weight(directions, gates, inputs));
            assertRowsAreFeatures(matrix, lstm);
            assertColumnsAreInputs(matrix, lstm, counting(inputs));
        }
    }

    @Test
    void aTransposedViewIsLaidOutAsTheOperatorSeesIt() {
        // Stored [N=5, K=3], transposed by a node before the MatMul.
        var stored = weight(5, 3);
        var seen = new Weight("w", stored.source(), List.of(3L, 5L), List.of(1L, 3L), 0);
        assertRowsAreFeatures(Layouts.of(node("MatMul"), 1, seen), product(5, 3, 3, 1));
    }

    @Test
    void tablesHaveARowForEachEntryAndVectorsOne() {
        var table = Layouts.table("t", weight(7, 2, 2).source());
        assertThat(table.rowCount()).isEqualTo(7);
        assertThat(table.columnCount()).isEqualTo(4);
        var vector = Layouts.table("v", weight(7).source());
        assertThat(vector.rowCount()).isEqualTo(1);
        assertThat(vector.columnCount()).isEqualTo(7);
    }
}
