package dev.coppice.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.coppice.train.torch.Libtorch;
import dev.coppice.train.torch.Scope;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Holds losses against their formulas, written out in Java. */
class LossFunctionsTest {

    private static final double EXACT = 1e-5; // a dozen float32 operations on numbers of this size

    private Scope scope;

    @BeforeEach
    void open() {
        Libtorch.use(1);
        scope = new Scope();
    }

    @AfterEach
    void close() {
        scope.close();
    }

    private static Tensor floats(long[] sizes, float... values) {
        return torch.tensor(values).reshape(sizes);
    }

    private static double loss(
            Loss loss, Tensor student, @Nullable Tensor teacher, @Nullable Tensor targets, Map<String, Tensor> inputs) {
        var taught = teacher == null ? Map.<String, Tensor>of() : Map.of("y", teacher);
        return new LossFunctions("y", "y", Map.of("y", student), taught, inputs, targets)
                .of(loss)
                .item_double();
    }

    private static double[] softmax(double... logits) {
        double sum = 0;
        for (double logit : logits) {
            sum += Math.exp(logit);
        }
        var shares = new double[logits.length];
        for (int i = 0; i < shares.length; i++) {
            shares[i] = Math.exp(logits[i]) / sum;
        }
        return shares;
    }

    @Test
    void crossEntropyWithSmoothing() {
        var logits = floats(new long[] {2, 3}, 1, 2, 0.5f, -1, 0, 3);
        var targets = torch.tensor(new long[] {1, 0});
        double plain = 0;
        double smoothed = 0;
        double[][] shares = {softmax(1, 2, 0.5), softmax(-1, 0, 3)};
        int[] classes = {1, 0};
        for (int i = 0; i < 2; i++) {
            plain -= Math.log(shares[i][classes[i]]) / 2;
            for (int c = 0; c < 3; c++) {
                double wanted = (c == classes[i] ? 0.7 : 0) + 0.3 / 3;
                smoothed -= wanted * Math.log(shares[i][c]) / 2;
            }
        }
        assertThat(loss(new Loss.CrossEntropy(0), logits, null, targets, Map.of()))
                .isCloseTo(plain, within(EXACT));
        assertThat(loss(new Loss.CrossEntropy(0.3), logits, null, targets, Map.of()))
                .isCloseTo(smoothed, within(EXACT));
    }

    @Test
    void divergenceIsZeroForEqualAndFollowsTheFormulaOtherwise() {
        var teacher = floats(new long[] {1, 3}, 1, 2, 0.5f);
        var student = floats(new long[] {1, 3}, 0, 1, 1);
        var p = softmax(0.5, 1, 0.25);
        var q = softmax(0, 0.5, 0.5);
        double expected = 0;
        for (int c = 0; c < 3; c++) {
            expected += 4 * p[c] * Math.log(p[c] / q[c]);
        }
        assertThat(loss(new Loss.Divergence(2), student, teacher, null, Map.of()))
                .isCloseTo(expected, within(EXACT));
        assertThat(loss(new Loss.Divergence(2), teacher, teacher, null, Map.of()))
                .isCloseTo(0, within(EXACT));
    }

    @Test
    void ctcEqualsTheSumOverAllPaths() {
        // Three steps, classes {blank, a, b}, label "ab": enumerate all 27 paths.
        double[][] shares = {{0.2, 0.5, 0.3}, {0.4, 0.3, 0.3}, {0.1, 0.3, 0.6}};
        double total = 0;
        for (int path = 0; path < 27; path++) {
            int[] steps = {path / 9, path / 3 % 3, path % 3};
            var text = new StringBuilder();
            int last = 0;
            for (int step : steps) {
                if (step != 0 && step != last) {
                    text.append(step);
                }
                last = step;
            }
            if (text.toString().equals("12")) {
                total += shares[0][steps[0]] * shares[1][steps[1]] * shares[2][steps[2]];
            }
        }
        var probabilities = floats(new long[] {1, 3, 3}, 0.2f, 0.5f, 0.3f, 0.4f, 0.3f, 0.3f, 0.1f, 0.3f, 0.6f);
        var labels = torch.tensor(new long[] {1, 2, -1}).reshape(1, 3);
        // The mean over the batch is of losses divided by the labels' length.
        assertThat(loss(new Loss.Ctc(0), probabilities, null, labels, Map.of()))
                .isCloseTo(-Math.log(total) / 2, within(EXACT));
    }

    @Test
    void nextTokenSkipsPadding() {
        var logits = floats(new long[] {1, 4, 2}, 0, 1, 2, 0, 1, 1, 0, 5);
        var ids = torch.tensor(new long[] {0, 1, 0, 1}).reshape(1, 4);
        var mask = torch.tensor(new long[] {1, 1, 1, 0}).reshape(1, 4);
        double expected = -(Math.log(softmax(0, 1)[1]) + Math.log(softmax(2, 0)[0])) / 2;
        assertThat(loss(new Loss.NextToken(), logits, null, null, Map.of("input_ids", ids, "attention_mask", mask)))
                .isCloseTo(expected, within(EXACT));
    }

    @Test
    void featuresIgnorePaddingAndScale() {
        var teacher = floats(new long[] {1, 2, 2}, 1, 3, 5, 7);
        var student = floats(new long[] {1, 2, 2}, 2, 3, 50, 70);
        var mask = torch.tensor(new long[] {1, 0}).reshape(1, 2);
        double variance = 20.0 / 3; // of 1, 3, 5, 7, unbiased
        assertThat(loss(
                        new Loss.Features(List.of(Loss.Feature.whole("y"))),
                        student,
                        teacher,
                        null,
                        Map.of("attention_mask", mask)))
                .isCloseTo(0.5 / variance, within(EXACT));
    }

    @Test
    void featuresThatLostChannelsAreComparedWithThoseTheyWere() {
        var teacher = floats(new long[] {1, 3, 2}, 1, 3, -9, 9, 5, 7);
        var student = floats(new long[] {1, 2, 2}, 2, 3, 5, 4);
        var features = new Loss.Features(List.of(new Loss.Feature("y", Map.of(1, List.of(0, 2)))));
        double variance = 20.0 / 3; // of 1, 3, 5, 7, unbiased
        assertThat(loss(features, student, teacher, null, Map.of())).isCloseTo((1 + 9) / 4.0 / variance, within(EXACT));
    }

    @Test
    void pooledCosineComparesMeansOverTheMask() {
        var teacher = floats(new long[] {1, 2, 2}, 1, 0, 9, 9);
        var student = floats(new long[] {1, 2, 2}, 0, 2, -9, 9);
        var mask = torch.tensor(new long[] {1, 0}).reshape(1, 2);
        var inputs = Map.of("attention_mask", mask);
        assertThat(loss(new Loss.PooledCosine(Loss.Pooling.MEAN), student, teacher, null, inputs))
                .isCloseTo(1, within(EXACT));
        assertThat(loss(new Loss.PooledCosine(Loss.Pooling.MEAN), teacher, teacher, null, inputs))
                .isCloseTo(0, within(EXACT));
        assertThat(loss(new Loss.PooledCosine(Loss.Pooling.CLS), student, teacher, null, inputs))
                .isCloseTo(1, within(EXACT));
    }

    @Test
    void similarityComparesAllPairs() {
        var teacher = floats(new long[] {2, 2}, 1, 0, 0, 1);
        var student = floats(new long[] {2, 2}, 3, 0, 2, 0);
        // cosines 1 1 1 1 against 1 0 0 1
        assertThat(loss(new Loss.Similarity(Loss.Pooling.MEAN), student, teacher, null, Map.of()))
                .isCloseTo(0.5, within(EXACT));
    }

    @Test
    void meanSquaredErrorAndCosine() {
        var student = floats(new long[] {2, 2}, 1, 2, 3, 4);
        var targets = floats(new long[] {2, 2}, 1, 1, 3, 2).to(ScalarType.Float);
        assertThat(loss(new Loss.MeanSquaredError(), student, null, targets, Map.of()))
                .isCloseTo(5.0 / 4, within(EXACT));
        double cosines = 3 / (Math.sqrt(5) * Math.sqrt(2)) + 17 / (5 * Math.sqrt(13));
        assertThat(loss(new Loss.CosineDistance(), student, null, targets, Map.of()))
                .isCloseTo(1 - cosines / 2, within(EXACT));
    }
}
