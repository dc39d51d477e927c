package dev.coppice.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.InstanceOfAssertFactories.LIST;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Holds the counts of zeros in the written files against what was asked for; w1 has 216 weights, w2 has 5,120. */
class PruneCommandTest {

    @TempDir
    private Path folder;

    private Path model;
    private Path output;

    @BeforeEach
    void writeModel() {
        model = Cli.model(folder.resolve("m.onnx"), Cli.CNN);
        output = folder.resolve("p.onnx");
    }

    private Cli.Outcome prune(String... more) {
        var args = new ArrayList<Object>(List.of("prune", model, "-o", output));
        args.addAll(List.of(more));
        return Cli.run(args.toArray());
    }

    @ParameterizedTest
    @CsvSource({"0.5, 108, 2560", "0.3, 65, 1536", "0.999, 216, 5115", "0, 0, 0"})
    void exactlyTheRoundedShareOfEachWeightIsZero(String sparsity, int conv, int gemm) {
        prune("--sparsity", sparsity).ended(0);
        assertThat(Cli.zeros(output, "w1")).isEqualTo(conv);
        assertThat(Cli.zeros(output, "w2")).isEqualTo(gemm);
    }

    @Test
    void noneIsPrunedByASparsityOfZero() {
        prune("--sparsity", "0").ended(0);
        assertThat(output).hasSameBinaryContentAs(model);
    }

    @Test
    void normalisedWeightsAreStoredAndPruned() {
        Cli.model(model, Cli.NORMALISED);
        prune("--sparsity", "0").ended(0);
        assertThat(Cli.relativeError(output, model)).isLessThan(1e-6);
        prune("--sparsity", "0.5").ended(0);
        assertThat(Cli.zeros(output, "w")).isEqualTo(54);
    }

    @ParameterizedTest
    @CsvSource({"global", "erk", "lamp"})
    void pooledAllocationsKeepTheTotalExact(String allocation) {
        prune("--sparsity", "0.75", "--allocate", allocation).ended(0);
        assertThat(Cli.zeros(output, "w1") + Cli.zeros(output, "w2")).isEqualTo(4002);
    }

    @ParameterizedTest
    @CsvSource({"uniform", "global", "erk", "lamp"})
    void exactlyAsManyWeightsStayAsTheBudgetAllows(String allocation) {
        prune("--max-nonzeros", "1000", "--allocate", allocation).ended(0);
        assertThat(Cli.zeros(output, "w1") + Cli.zeros(output, "w2")).isEqualTo(5336 - 1000);
    }

    @Test
    void theGlobalThresholdCutsTheSmallestOfAll() {
        prune("--sparsity", "0.5", "--allocate", "global").ended(0);
        double kept = Double.MAX_VALUE;
        double pruned = 0;
        for (var name : List.of("w1", "w2")) {
            var before = Cli.values(model, name);
            var after = Cli.values(output, name);
            for (int i = 0; i < before.length; i++) {
                if (after[i] == 0) {
                    pruned = Math.max(pruned, Math.abs(before[i]));
                } else {
                    assertThat(after[i]).isEqualTo(before[i]);
                    kept = Math.min(kept, Math.abs(before[i]));
                }
            }
        }
        assertThat(pruned).isLessThanOrEqualTo(kept);
    }

    @Test
    void rowUniformPrunesTheSameShareOfEveryOutputRow() {
        prune("--sparsity", "0.5", "--allocate", "row-uniform").ended(0);
        // 27 weights a filter: half is 13.5, rounded up
        var filters = Cli.values(output, "w1");
        for (int row = 0; row < 8; row++) {
            assertThat(zeros(Arrays.copyOfRange(filters, 27 * row, 27 * row + 27)))
                    .isEqualTo(14);
        }
        for (int column = 0; column < 10; column++) {
            assertThat(zeros(columnOf(Cli.values(output, "w2"), column))).isEqualTo(256);
        }
    }

    @Test
    void wholeFiltersArePrunedByRow() {
        prune("--sparsity", "0.5", "--granularity", "row").ended(0);
        var filters = Cli.values(output, "w1");
        int pruned = 0;
        for (int row = 0; row < 8; row++) {
            int zeros = zeros(Arrays.copyOfRange(filters, 27 * row, 27 * row + 27));
            assertThat(zeros).isIn(0, 27);
            pruned += zeros / 27;
        }
        assertThat(pruned).isEqualTo(4);
    }

    @Test
    void wholeInputsArePrunedByColumn() {
        prune("--sparsity", "0.5", "--granularity", "column", "--only", "w2").ended(0);
        var weights = Cli.values(output, "w2"); // [in, out]: one input is one stored row
        int pruned = 0;
        for (int input = 0; input < 512; input++) {
            int zeros = zeros(Arrays.copyOfRange(weights, 10 * input, 10 * input + 10));
            assertThat(zeros).isIn(0, 10);
            pruned += zeros / 10;
        }
        assertThat(pruned).isEqualTo(256);
    }

    @Test
    void blocksOfTwoOutputsShareTheirZeros() {
        prune("--sparsity", "0.5", "--granularity", "block:2x1", "--only", "w2").ended(0);
        var weights = Cli.values(output, "w2");
        for (int i = 0; i < weights.length; i += 2) {
            assertThat(weights[i] == 0).isEqualTo(weights[i + 1] == 0);
        }
        assertThat(zeros(weights)).isEqualTo(2560);
    }

    @Test
    void twoOfFourConsecutiveInputsArePrunedBy24() {
        assertThat(prune("--granularity", "2:4").ended(0).out()).contains("2:4, prunes 2 keeps 2");
        var weights = Cli.values(output, "w2");
        for (int out = 0; out < 10; out++) {
            var column = columnOf(weights, out);
            for (int from = 0; from < 512; from += 4) {
                assertThat(zeros(Arrays.copyOfRange(column, from, from + 4))).isEqualTo(2);
            }
        }
    }

    @Test
    void keptWeightsStayAsTheyWere() {
        prune("--sparsity", "0.5", "--keep", "class*").ended(0);
        assertThat(Cli.zeros(output, "w1")).isEqualTo(108);
        assertThat(Cli.values(output, "w2")).isEqualTo(Cli.values(model, "w2"));
        prune("--sparsity", "0.5", "--only", "w2").ended(0);
        assertThat(Cli.zeros(output, "w1")).isZero();
        assertThat(Cli.zeros(output, "w2")).isEqualTo(2560);
    }

    @Test
    void theOutputIsNeverLargerThanTheModel() {
        prune("--sparsity", "0.9").ended(0);
        assertThat(Cli.bytes(output)).hasSizeLessThanOrEqualTo(Cli.bytes(model).length);
        assertThat(Cli.values(output, "b")).isEqualTo(Cli.values(model, "b"));
    }

    @Test
    void theOutputMayReplaceTheModel() {
        prune("--sparsity", "0.5", "--seed", "1").ended(0);
        Cli.run("prune", model, "-o", model, "--sparsity", "0.5", "--force").ended(0);
        assertThat(model).hasSameBinaryContentAs(output);
    }

    @Test
    void theRandomCriterionRepeatsWithItsSeedOnly() {
        prune("--sparsity", "0.5", "--criterion", "random", "--seed", "1").ended(0);
        var first = Cli.bytes(output);
        prune("--sparsity", "0.5", "--criterion", "random", "--seed", "1", "--threads", "1")
                .ended(0);
        assertThat(Cli.bytes(output)).isEqualTo(first);
        prune("--sparsity", "0.5", "--criterion", "random", "--seed", "2").ended(0);
        assertThat(Cli.bytes(output)).isNotEqualTo(first);
    }

    @Test
    void jsonIsOneDocumentWithExactCounts() {
        var document = prune("--sparsity", "0.5", "--json").ended(0).json();
        assertThat(document.get("target-reached")).isEqualTo(true);
        assertThat(document.get("weights"))
                .asInstanceOf(LIST)
                .extracting("name", "size", "pruned", "zeros")
                .containsExactly(tuple("w1", 216L, 108L, 108L), tuple("w2", 5120L, 2560L, 2560L));
    }

    @Test
    void aSelectionThatLeavesNothingIsToBlame() {
        assertThat(prune("--sparsity", "0.5", "--keep", "*").ended(4).out()).contains("keep and only leave none");
    }

    @ParameterizedTest
    @CsvSource({"unstructured, global", "unstructured, lamp", "block:2x1, uniform"})
    void stepsWithoutTrainingComeToTheSameAsOne(String granularity, String allocation) {
        var options =
                new ArrayList<>(List.of("--sparsity", "0.8", "--granularity", granularity, "--allocate", allocation));
        prune(options.toArray(String[]::new)).ended(0);
        var once = Cli.bytes(output);
        options.addAll(List.of("--schedule", "cubic", "--steps", "3"));
        assertThat(prune(options.toArray(String[]::new)).ended(0).out()).contains("3 steps without training");
        assertThat(output).hasBinaryContent(once);
    }

    @Test
    void aModelWithoutPrunableWeightsIsWrittenAndSaysWhy() {
        Cli.model(model, """
                input x float[batch,4]
                const s int64[2] = 4 4
                d = ConstantOfShape(s)
                y = MatMul(x, d) name="mm"
                output y float[batch,4]
                """);
        assertThat(prune("--sparsity", "0.5").ended(4).out()).contains("node mm", "placeholder", "nothing was pruned");
        assertThat(output).hasSameBinaryContentAs(model);
        var document = prune("--sparsity", "0.5", "--json").ended(4).json();
        assertThat(document.get("target-reached")).isEqualTo(false);
    }

    private static int zeros(float[] values) {
        int zeros = 0;
        for (float value : values) {
            zeros += value == 0 ? 1 : 0;
        }
        return zeros;
    }

    /** Returns the weights of one output of w2, which is stored as [512 inputs, 10 outputs]. */
    private static float[] columnOf(float[] weights, int output) {
        var column = new float[weights.length / 10];
        for (int i = 0; i < column.length; i++) {
            column[i] = weights[10 * i + output];
        }
        return column;
    }
}
