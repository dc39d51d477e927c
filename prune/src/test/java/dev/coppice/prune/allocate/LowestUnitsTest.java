package dev.coppice.prune.allocate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.DType;
import dev.coppice.ir.Mask;
import dev.coppice.ir.Node;
import dev.coppice.ir.host.Parallel;
import dev.coppice.ir.layer.Layouts;
import dev.coppice.ir.layer.WeightMatrix;
import dev.coppice.ir.weight.Weight;
import dev.coppice.prune.Tensors;
import dev.coppice.prune.pattern.Pattern;
import dev.coppice.prune.pattern.Scratch;
import dev.coppice.prune.score.Criteria;
import dev.coppice.prune.score.Rule;
import dev.coppice.prune.score.UnitKeys;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Selection over many pieces: wide digits, gathered candidates, ties across pieces, bands and spans of matrices. */
class LowestUnitsTest {

    private static final Parallel THREE = new Parallel(3);

    private static WeightMatrix matrix(String op, long rows, long columns, double... values) {
        var source = Tensors.of("w", DType.FLOAT, List.of(rows, columns), values);
        var weight = new Weight("w", source, source.dims(), List.of(columns, 1L), 0);
        return Layouts.of(Node.of("n", op, List.of("x", "w"), List.of("y")), 1, weight);
    }

    private static UnitKeys keys(WeightMatrix matrix, String pattern, boolean wide) {
        return UnitKeys.of("w", matrix, Pattern.parse(pattern), Rule.of(Criteria.named("l1"), 0), wide);
    }

    private static long[] read(UnitKeys keys) {
        var all = new long[Math.toIntExact(keys.units())];
        var piece = new long[keys.pieceUnits()];
        var scratch = new Scratch();
        for (int p = 0, at = 0; p < keys.pieces(); p++) {
            assertThat(keys.firstUnit(p)).isEqualTo(at);
            int count = keys.read(p, piece, scratch);
            System.arraycopy(piece, 0, all, at, count);
            at += count;
        }
        return all;
    }

    private static void assertLowest(UnitKeys units, long count) {
        var keys = read(units);
        var sorted = keys.clone();
        Arrays.sort(sorted);
        long threshold = sorted[(int) count - 1];
        long ties = count - Arrays.stream(keys).filter(key -> key < threshold).count();
        var expected = new boolean[keys.length];
        for (int i = 0; i < keys.length; i++) {
            expected[i] = keys[i] < threshold || (keys[i] == threshold && ties-- > 0);
        }
        assertThat(elements(LowestUnits.masks(List.of(units), count, THREE).getFirst()))
                .isEqualTo(expected);
    }

    private static boolean[] elements(Mask mask) {
        var elements = new boolean[(int) mask.size()];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = mask.isPruned(i);
        }
        return elements;
    }

    @ParameterizedTest
    @CsvSource({"1100, 1000, false", "1100, 1000, true", "310, 301, false", "310, 301, true"})
    void manyDifferentWeights(long rows, long columns, boolean wide) {
        var values = new SplittableRandom(1).doubles(rows * columns, -1, 1).toArray();
        var keys = keys(matrix("MatMul", rows, columns, values), "unstructured", wide);
        for (double share : new double[] {1e-6, 0.3, 0.5, 0.999}) {
            assertLowest(keys, Math.max(1, Math.round(share * rows * columns)));
        }
        assertLowest(keys, rows * columns);
    }

    @ParameterizedTest
    @CsvSource({"false, 1", "true, 1", "false, 3", "true, 3"})
    void manyTies(boolean wide, int values) {
        var random = new SplittableRandom(2);
        var drawn = random.doubles(1_200_000).map(v -> Math.ceil(v * values)).toArray();
        var keys = keys(matrix("MatMul", 1200, 1000, drawn), "unstructured", wide);
        for (long count : new long[] {1, 16_384, 399_999, 600_001, 1_200_000}) {
            assertLowest(keys, count);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "MatMul, 700, 300, block:2x1",
        "MatMul, 300, 701, block:4x1",
        "MatMul, 3, 60000, block:2x1",
        "MatMul, 60000, 3, block:2x1",
        "MatMul, 60001, 5, block:3x7",
        "MatMul, 60001, 5, column",
        "MatMul, 5, 60001, row",
        "MatMul, 60000, 3, row",
        "Gemm, 900, 77, block:5x3"
    })
    void blocksOfMatricesOfAllShapes(String op, long rows, long columns, String pattern) {
        var values = new SplittableRandom(3).doubles(rows * columns, -1, 1).toArray();
        var matrix = matrix(op, rows, columns, values);
        var keys = keys(matrix, pattern, true);
        assertThat(read(keys)).isEqualTo(naiveKeys(matrix, Pattern.parse(pattern), values));
        assertLowest(keys, Math.max(1, keys.units() / 2));
    }

    private static long[] naiveKeys(WeightMatrix matrix, Pattern pattern, double[] values) {
        var grid = pattern.grid(matrix);
        var rows = matrix.rows().offsets();
        var columns = matrix.columns().offsets();
        var keys = new long[Math.toIntExact(grid.units())];
        for (int unit = 0; unit < keys.length; unit++) {
            double sum = 0;
            for (int r = grid.firstRow(unit); r < Math.min(grid.rows(), grid.firstRow(unit) + grid.height()); r++) {
                for (int c = grid.firstColumn(unit);
                        c < Math.min(grid.columns(), grid.firstColumn(unit) + grid.width());
                        c++) {
                    sum += Math.abs((float) values[Math.toIntExact(rows[r] + columns[c])]);
                }
            }
            keys[unit] = Double.doubleToRawLongBits(sum / grid.size(unit));
        }
        return keys;
    }

    @Test
    void tiesGoToTheEarlierWeight() {
        var first = keys(matrix("MatMul", 1, 3, 1, 1, 1), "unstructured", false);
        var second = keys(matrix("MatMul", 1, 3, 1, 0, 1), "unstructured", false);
        var masks = LowestUnits.masks(List.of(first, second), 3, THREE);
        assertThat(elements(masks.get(0))).containsExactly(true, true, false);
        assertThat(elements(masks.get(1))).containsExactly(false, true, false);
    }
}
