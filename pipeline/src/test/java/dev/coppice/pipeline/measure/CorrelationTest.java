package dev.coppice.pipeline.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class CorrelationTest {

    @Test
    void tiedValuesShareTheMeanOfTheirRanks() {
        assertThat(Correlation.ranks(new double[] {10, 20, 10, 5, 10})).containsExactly(3, 5, 3, 1, 3);
    }

    @Test
    void spearmanWithoutTiesIsTheClosedForm() {
        // 1 - 6 sum(d^2) / (n (n^2 - 1)) with rank differences 0, 1, 1, 0, 2, 2
        double[] x = {1, 2, 3, 4, 5, 6};
        double[] y = {1, 3, 2, 4, 7, 5};
        double[] ranks = {1, 3, 2, 4, 6, 5};
        assertThat(Correlation.ranks(y)).containsExactly(ranks);
        assertThat(Correlation.spearman(x, y)).isCloseTo(1 - 6 * 4 / 210.0, within(1e-12));
    }

    @Test
    void spearmanWithTiesIsTheTextbookValue() {
        // Ranks 1, 2.5, 2.5, 4 and 1, 3, 3, 3: covariance 3.0, variances 4.5 and 3.
        assertThat(Correlation.spearman(new double[] {1, 2, 2, 3}, new double[] {0, 5, 5, 5}))
                .isCloseTo(3 / Math.sqrt(4.5 * 3), within(1e-12));
    }

    @Test
    void pearsonIsOneOnALineAndMinusOneOnAFallingOne() {
        double[] x = {1, 2, 4};
        assertThat(Correlation.pearson(x, new double[] {5, 7, 11})).isCloseTo(1, within(1e-12));
        assertThat(Correlation.pearson(x, new double[] {-1, -2, -4})).isCloseTo(-1, within(1e-12));
    }

    @Test
    void aConstantSeriesHasNoCorrelation() {
        assertThat(Correlation.spearman(new double[] {1, 1}, new double[] {1, 2}))
                .isNaN();
    }
}
