package dev.coppice.prune.allocate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SelectTest {

    @Test
    void findsWhatSortingWouldPutThere() {
        for (int seed = 0; seed < 300; seed++) {
            var random = new SplittableRandom(seed);
            int size = 1 + random.nextInt(seed < 200 ? 100 : 5000);
            int kinds = 1 + random.nextInt(2 * size);
            assertRanked(random.ints(size, 0, kinds).asDoubleStream().toArray(), random.nextInt(size));
        }
    }

    @Test
    void orderedAndAlternatingValuesAreNoTrap() {
        int size = 10_000;
        assertRanked(IntStream.range(0, size).asDoubleStream().toArray(), 7_000);
        assertRanked(IntStream.range(0, size).mapToDouble(i -> size - i).toArray(), 1);
        assertRanked(
                IntStream.range(0, size)
                        .mapToDouble(i -> i < size / 2 ? i : size - i)
                        .toArray(),
                5_000);
        assertRanked(new double[size], size - 1);
    }

    private static void assertRanked(double[] values, int rank) {
        var sorted = values.clone();
        Arrays.sort(sorted);
        var ranked = values.clone();
        assertThat(Select.rank(ranked, values.length, rank)).isEqualTo(sorted[rank]);
        for (int i = 0; i < rank; i++) {
            assertThat(ranked[i]).isLessThanOrEqualTo(sorted[rank]);
        }
        Arrays.sort(ranked);
        assertThat(ranked).isEqualTo(sorted);
    }
}
