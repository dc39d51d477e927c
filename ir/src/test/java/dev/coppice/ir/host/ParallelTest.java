package dev.coppice.ir.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
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
    void noMoreTasksRunAtOnceThanThereAreThreads() {
        var now = new AtomicInteger();
        var most = new AtomicInteger();
        new Parallel(3).forEach(60, () -> _ -> {
            most.accumulateAndGet(now.incrementAndGet(), Math::max);
            LockSupport.parkNanos(100_000);
            now.decrementAndGet();
        });
        assertThat(most).hasValueBetween(1, 3);
    }

    @Test
    void resultsComeInTheOrderOfTheElements() {
        for (int threads : new int[] {1, 3}) {
            assertThat(new Parallel(threads).map(List.of(3, 1, 2), Integer::toBinaryString))
                    .containsExactly("11", "1", "10");
        }
    }

    @Test
    void oneThreadDoesAtOnceWhatOthersDoBesideTheCaller() {
        var caller = Thread.currentThread();
        assertThat(CompletableFuture.supplyAsync(Thread::currentThread, Parallel.ONE.beside()))
                .isCompletedWithValue(caller);
        assertThat(CompletableFuture.supplyAsync(Thread::currentThread, new Parallel(2).beside())
                        .join())
                .isNotSameAs(caller);
        assertThat(new Parallel(3).besideOne()).isEqualTo(new Parallel(2));
        assertThat(Parallel.ONE.besideOne()).isEqualTo(Parallel.ONE);
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
