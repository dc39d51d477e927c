package dev.coppice.prune.allocate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class OwlTest {

    private static final long[] SIZES = {100, 300, 50};

    private static double kept(double[] densities) {
        double sum = 0;
        for (int i = 0; i < densities.length; i++) {
            sum += densities[i] * SIZES[i];
        }
        return sum;
    }

    /** The published rule on layers of equal size: density = wanted + rescaled outliers - their mean. */
    @Test
    void layersOfEqualSizeGetThePublishedDensities() {
        var densities = Owl.densities(new double[] {0.01, 0.03, 0.02}, new long[] {10, 10, 10}, 0.3 * 30, 0.08);
        assertThat(densities).containsExactly(new double[] {0.22, 0.38, 0.30}, within(1e-9));
    }

    @Test
    void theDensitiesKeepWhatIsToBeKept() {
        var densities = Owl.densities(new double[] {0.01, 0.03, 0.02}, SIZES, 0.3 * 450, 0.08);
        assertThat(kept(densities)).isCloseTo(0.3 * 450, within(1e-6));
        assertThat(densities[1] - densities[0]).isCloseTo(0.16, within(1e-9));
    }

    @Test
    void aDensityStopsAtNothingAndTheOthersMakeUpForIt() {
        var densities = Owl.densities(new double[] {0, 0.1, 0.05}, SIZES, 0.02 * 450, 0.08);
        assertThat(densities[0]).isZero();
        assertThat(kept(densities)).isCloseTo(0.02 * 450, within(1e-6));
    }

    @Test
    void layersWithTheSameOutliersGetTheSame() {
        assertThat(Owl.densities(new double[] {0.2, 0.2, 0.2}, SIZES, 90, 0.08))
                .containsExactly(new double[] {0.2, 0.2, 0.2}, within(1e-9));
    }
}
