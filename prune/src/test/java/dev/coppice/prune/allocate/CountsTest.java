package dev.coppice.prune.allocate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class CountsTest {

    @Test
    void halvesAreRoundedUpAsTheyAreWritten() {
        assertThat(Counts.roundHalfUp(0.285, 100)).isEqualTo(29); // 28.499999999999996 in binary
        assertThat(Counts.roundHalfUp(0.5, 5)).isEqualTo(3);
        assertThat(Counts.roundHalfUp(0.1, 4)).isZero();
        assertThat(Counts.roundHalfUp(0.5, 3L << 40)).isEqualTo(3L << 39);
    }

    @Test
    void theLargestRemaindersAreRoundedUp() {
        assertThat(Counts.largestRemainders(new double[] {1.2, 2.7, 3.1}, new long[] {9, 9, 9}, 7))
                .containsExactly(1, 3, 3);
        assertThat(Counts.largestRemainders(new double[] {0.5, 0.5, 0.5, 0.5}, new long[] {9, 9, 9, 9}, 2))
                .containsExactly(1, 1, 0, 0);
        assertThat(Counts.largestRemainders(new double[] {2.9, 0.1}, new long[] {2, 3}, 3))
                .containsExactly(2, 1);
    }

    @Test
    void roundedQuotasSumUpExactly() {
        for (int seed = 0; seed < 200; seed++) {
            var random = new SplittableRandom(seed);
            var most = random.longs(1 + random.nextInt(20), 1, 1000).toArray();
            long all = Arrays.stream(most).sum();
            long total = random.nextLong(all + 1);
            var quotas = Arrays.stream(most)
                    .mapToDouble(m -> (double) m * total / all)
                    .toArray();
            var counts = Counts.largestRemainders(quotas, most, total);
            assertThat(Arrays.stream(counts).sum()).isEqualTo(total);
            for (int i = 0; i < counts.length; i++) {
                assertThat((double) counts[i]).isBetween(quotas[i] - 1, Math.min(most[i], quotas[i] + 1));
            }
        }
    }
}
