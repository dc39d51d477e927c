package dev.coppice.pipeline.recover;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class FixedBatchTest {

    private static FixedBatch of(int size) {
        return new FixedBatch(size, 64);
    }

    private static Recovery.Optimization chosen(OptionalInt accumulate, Optional<Boolean> statistics) {
        return new Recovery.Optimization(
                Optional.empty(), OptionalDouble.empty(), 0, OptionalDouble.empty(), accumulate, 0, statistics, 0);
    }

    @Test
    void gradientsOfSmallBatchesMakeAStepTogether() {
        assertThat(of(1).accumulate(1000)).isEqualTo(64);
        assertThat(of(3).accumulate(1000)).isEqualTo(22);
        assertThat(of(1).accumulate(10)).as("no more than an epoch has").isEqualTo(10);
        assertThat(of(1).hasStatistics()).isFalse();
        assertThat(of(1).remark(chosen(OptionalInt.empty(), Optional.empty()), 1000)
                        .orElseThrow())
                .contains("batches of 1 only", "gradients of 64", "BatchNormalization kept its statistics");
    }

    @Test
    void whatTheUserChoosesIsSaid() {
        assertThat(of(1).remark(chosen(OptionalInt.of(4), Optional.of(true)), 1000)
                        .orElseThrow())
                .contains("gradients of 4 ")
                .doesNotContain("statistics");
    }

    @Test
    void otherBatchesAreLeftAlone() {
        for (int batch : new int[] {64, 8, 16, 128}) {
            assertThat(of(batch).accumulate(1000)).isEqualTo(1);
            assertThat(of(batch).hasStatistics()).isTrue();
            assertThat(of(batch).remark(chosen(OptionalInt.empty(), Optional.empty()), 1000))
                    .isEmpty();
        }
    }
}
