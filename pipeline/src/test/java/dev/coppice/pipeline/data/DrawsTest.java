package dev.coppice.pipeline.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DrawsTest {

    @Test
    void aKeyFixesTheNumbers() {
        assertThat(Draws.of(1, 2).permutation(50)).isEqualTo(Draws.of(1, 2).permutation(50));
        assertThat(Draws.of(1, 2).permutation(50)).isNotEqualTo(Draws.of(2, 1).permutation(50));
        assertThat(Draws.of(1, 2).permutation(50))
                .isNotEqualTo(Draws.of(1, 2, 0).permutation(50));
    }

    @Test
    void aPermutationHoldsEveryNumberOnce() {
        for (int count : new int[] {0, 1, 2, 3, 1000}) {
            assertThat(Draws.of(7, count).permutation(count))
                    .containsExactlyInAnyOrder(IntStream.range(0, count).toArray());
        }
    }

    @Test
    void everyNumberIsDrawnAboutEquallyOften() {
        // 9 cells of 1000 draws on average; the standard deviation of a cell is below 32. Consecutive keys must not be
        // alike.
        var counts = new int[9];
        for (int key = 0; key < 9000; key++) {
            counts[Draws.of(3, 5, key).below(9)]++;
        }
        for (int count : counts) {
            assertThat(count).isBetween(840, 1160);
        }
    }

    @Test
    void everyPlaceOfAPermutationIsDrawnAboutEquallyOften() {
        var counts = new int[5];
        for (int epoch = 0; epoch < 5000; epoch++) {
            counts[Draws.of(0, epoch).permutation(5)[4]]++;
        }
        for (int count : counts) {
            assertThat(count).isBetween(840, 1160);
        }
    }
}
