package dev.coppice.pipeline.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.UsageException;
import dev.coppice.pipeline.measure.Latency;
import dev.coppice.pipeline.recipe.LatencyBudget;
import dev.coppice.pipeline.recipe.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** On an invented machine: a run takes 20 ms, and what share of that a cut takes is a function of its MACs. */
class LatencySearchTest {

    private static final double DENSE_MILLIS = 20;

    private final List<Double> measured = new ArrayList<>();

    /** Cuts come in hundredths of the MACs; the last one stays. */
    private static double cut(double macs) {
        return Math.max(5, Math.floor(100 * macs + 1e-9)) / 100;
    }

    private LatencySearch.Found<Double> search(String budget, DoubleUnaryOperator ratio) {
        var parsed = LatencyBudget.parse(new Settings("", Map.of()), budget);
        return new LatencySearch<Double>(parsed, LatencySearchTest::cut, macs -> macs, macs -> {
                    measured.add(macs);
                    double share = ratio.applyAsDouble(macs);
                    return new Latency(DENSE_MILLIS * share, share);
                })
                .run();
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.2, 0.35, 0.5, 0.62, 0.8, 0.95})
    void theBudgetIsUsedUpAndNotExceeded(double budget) {
        // A fifth of the time is no arithmetic; large cuts gain less than small ones.
        for (DoubleUnaryOperator machine : List.<DoubleUnaryOperator>of(
                macs -> macs, macs -> .1 + .9 * macs, macs -> Math.sqrt(macs), macs -> macs * macs)) {
            measured.clear();
            var found = search(Double.toString(budget), machine);
            if (machine.applyAsDouble(.05) > budget) {
                assertThat(found.met()).isFalse();
                continue;
            }
            assertThat(found.met()).isTrue();
            assertThat(found.latency().ratio()).isLessThanOrEqualTo(budget).isGreaterThan(.9 * budget - .05);
            assertThat(measured).hasSizeLessThanOrEqualTo(8).doesNotHaveDuplicates();
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.25, 0.4, 0.5, 0.62, 0.8})
    void noLargerCutWouldDo(double budget) {
        for (DoubleUnaryOperator machine :
                List.<DoubleUnaryOperator>of(macs -> macs, macs -> .1 + .9 * macs, macs -> macs * macs)) {
            measured.clear();
            var found = search(Double.toString(budget), machine);
            double macs = found.cut();
            assertThat(found.met()).isTrue();
            assertThat(found.latency().ratio() >= .97 * budget || machine.applyAsDouble(macs + .01) > budget)
                    .as("%s of the MACs take %s of %s", macs, found.latency().ratio(), budget)
                    .isTrue();
            assertThat(measured).as("cuts measured").hasSizeLessThanOrEqualTo(5);
        }
    }

    /** Time hardly depends on arithmetic until almost nothing is left: steps towards the budget would not get there. */
    @Test
    void theSmallestCutIsTriedBeforeGivingUp() {
        var found = search("0.5", macs -> macs <= .06 ? .4 : .51);
        assertThat(found.met()).isTrue();
        assertThat(found.latency().ratio()).isEqualTo(.4);
    }

    /** A budget is met first by a cut that is too small; what is nearer to the budget is better. */
    @Test
    void ofTwoCutsWithinTheBudgetTheLargerIsTaken() {
        var found = search("0.5", macs -> macs <= .3 ? .2 + macs : .45 + .01 * macs + (macs > .42 ? .2 : 0));
        assertThat(found.met()).isTrue();
        assertThat(found.latency().ratio())
                .isEqualTo(measured.stream()
                        .mapToDouble(macs -> macs <= .3 ? .2 + macs : .45 + .01 * macs + (macs > .42 ? .2 : 0))
                        .filter(ratio -> ratio <= .5)
                        .max()
                        .orElseThrow());
    }

    @Test
    void aTimeIsASearchForItsShare() {
        var found = search("8ms", macs -> .1 + .9 * macs);
        assertThat(found.met()).isTrue();
        assertThat(found.latency().millis()).isLessThanOrEqualTo(8).isGreaterThan(7);
    }

    @Test
    void aModelThatIsFastEnoughStaysAsItIs() {
        var found = search("25ms", macs -> macs);
        assertThat(found.met()).isTrue();
        assertThat(found.cut()).isEqualTo(1);
        assertThat(measured).hasSize(1);
    }

    @Test
    void whatCannotBeReachedEndsAtTheFastestCut() {
        var found = search("0.3", macs -> .6 + .4 * macs);
        assertThat(found.met()).isFalse();
        assertThat(found.cut()).isEqualTo(.05);
        assertThat(found.latency().ratio()).isEqualTo(.62);
    }

    @Test
    void noiseDoesNotLetAMissPass() {
        var random = new java.util.Random(3);
        for (int i = 0; i < 200; i++) {
            measured.clear();
            var found = search("0.5", macs -> (.1 + .9 * macs) * (1 + .1 * random.nextGaussian()));
            assertThat(found.latency().ratio() <= .5).isEqualTo(found.met());
            assertThat(found.measured()).isLessThanOrEqualTo(8);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "1.5", "fast", "ms", "0ms", "NaN"})
    void whatIsNoLatencyIsRefused(String text) {
        assertThatThrownBy(() -> LatencyBudget.parse(new Settings("", Map.of()), text))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("max-latency");
    }
}
