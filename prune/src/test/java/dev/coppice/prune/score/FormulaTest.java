package dev.coppice.prune.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.coppice.ir.UsageException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each criterion against its formula, worked out by hand. */
class FormulaTest {

    private static final Unit PAIR = Unit.of(2, -3);

    private static double score(String criterion, Unit unit) {
        return Criteria.named(criterion).score(unit);
    }

    @ParameterizedTest
    @CsvSource({
        "wanda, INPUT_NORM, 8.5440037453175312", // sqrt(((2*4)^2 + (3*3)^2) / 2) = sqrt(72.5), with norms 4 and 3
        "taylor, SQUARED_BATCH_GRADIENT, 21.5", // (4*4 + 9*3) / 2
        "fisher, SQUARED_SAMPLE_GRADIENT, 10.75",
        "snip, GRADIENT, 8.5", // (|2*4| + |-3*3|) / 2
        "grasp, HESSIAN_GRADIENT, -.5", // (2*4 - 3*3) / 2
        "synflow, SYNAPTIC_FLOW, 8.5",
        "magnitude-uncertainty, UNCERTAINTY, .75", // (2/4 + 3/3) / 2
        "movement, MOVEMENT, 3.5" // (4 + 3) / 2
    })
    void aUnitScoresTheMeanOverItsWeights(String criterion, Evidence kind, double score) {
        assertThat(score(criterion, PAIR.with(kind, 4, 3)))
                .isCloseTo(criterion.equals("wanda") ? Math.sqrt(72.5) : score, within(1e-12));
    }

    @ParameterizedTest
    @CsvSource({
        "apoz, ZERO_SHARE, .25, .75",
        "activation-mean, OUTPUT_MEAN, .25, .25",
        "activation-norm, OUTPUT_NORM, .25, .25",
        "activation-variance, OUTPUT_VARIANCE, .25, .25",
        "bn-scale, CHANNEL_SCALE, .25, .25",
        "fpgm, DISTANCE, .25, .25"
    })
    void anOutputScoresWhatWasSeenOfIt(String criterion, Evidence kind, double seen, double score) {
        assertThat(score(criterion, PAIR.with(kind, seen))).isEqualTo(score);
    }

    @Test
    void lampDividesByWhatIsNotSmaller() {
        // squares 9, 1, 4, 0: 9/9, 1/14, 4/13, 0
        assertThat(LampCriterion.relative(new double[] {3, 1, 2, 0}))
                .containsExactly(new double[] {1, 1 / 14.0, 4 / 13.0, 0}, within(1e-15));
    }

    @Test
    void lampDoesNotChangeWithTheScaleOfALayer() {
        double[] norms = {0.3, 0.1, 0.7, 0.2};
        var scaled = Arrays.stream(norms).map(norm -> 64 * norm).toArray();
        assertThat(LampCriterion.relative(scaled)).containsExactly(LampCriterion.relative(norms), within(1e-12));
    }

    @Test
    void magnitudeOverUncertaintyDoesNotChangeWithTheScaleOfALayer() {
        double score = score("magnitude-uncertainty", PAIR.with(Evidence.UNCERTAINTY, 4, 3));
        assertThat(score("magnitude-uncertainty", Unit.of(14, -21).with(Evidence.UNCERTAINTY, 28, 21)))
                .isCloseTo(score, within(1e-15));
    }

    @Test
    void theFilterInTheMidstOfTheOthersIsNearestToAll() {
        // points on a line at 0, 1 and 5
        assertThat(Distances.sums(new double[][] {{0, 0}, {0.6, 0.8}, {3, 4}}))
                .containsExactly(new double[] {6, 5, 9}, within(1e-12));
    }

    @ParameterizedTest
    @CsvSource({
        "apoz, WEIGHT",
        "apoz, BLOCK",
        "apoz, COLUMN",
        "apoz, LAYER",
        "fpgm, WEIGHT",
        "fpgm, BLOCK",
        "taylor, LAYER",
        "bn-scale, WEIGHT"
    })
    void whatMakesNoSenseIsRefused(String criterion, UnitKind kind) {
        assertThatThrownBy(() -> Criteria.require(Criteria.named(criterion), kind))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("the criterion " + criterion + " cannot score");
    }

    @Test
    void everyCriterionScoresSomeKindOfUnit() {
        for (var criterion : Criteria.all()) {
            assertThat(Arrays.stream(UnitKind.values())
                            .filter(kind -> criterion.refuses(kind).isEmpty()))
                    .as(criterion.label())
                    .isNotEmpty();
        }
    }

    @Test
    void aNegativeScoreHasToBeDeclared() {
        var criterion = new Criterion() {
            @Override
            public String label() {
                return "mine";
            }

            @Override
            public String paper() {
                return "";
            }

            @Override
            public double score(Unit unit) {
                return -1;
            }
        };
        assertThatThrownBy(() -> Scorer.judge(Unit.of(1), criterion)).isInstanceOf(UsageException.class);
    }
}
