package dev.coppice.prune.allocate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ParallelTest {

    @Test
    void everyTaskRunsOnceOnAnyNumberOfThreads() {
        for (int threads : new int[] {1, 2, 7}) {
            var runs = new int[100];
            var workers = new Parallel(threads).forEach(100, () -> task -> runs[task]++);
            assertThat(workers).hasSize(threads);
            assertThat(runs).containsOnly(1);
        }
    }

    @Test
    void theFailureOfTheLowestTaskIsThrown() {
        assertThatThrownBy(() -> new Parallel(4).forEach(50, () -> task -> {
                    if (task % 10 == 3) {
                        throw new IllegalStateException("task " + task);
                    }
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("task 3");
    }
}
