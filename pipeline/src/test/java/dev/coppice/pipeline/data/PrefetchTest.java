package dev.coppice.pipeline.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.DType;
import dev.coppice.pipeline.data.file.TensorMemory;
import dev.coppice.runtime.ort.HostTensor;
import dev.coppice.train.data.TrainBatch;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PrefetchTest {

    /** Tells batches apart by their number of samples. */
    private static TrainBatch batch(int number, TensorMemory memory) {
        return new TrainBatch(Map.of(), number + 1, Optional.empty());
    }

    @Test
    void batchesComeInOrderAndThenNull() {
        try (var epoch = new Prefetch(PrefetchTest::batch, 3, 6)) {
            assertThat(Objects.requireNonNull(epoch.next()).samples()).isEqualTo(4);
            assertThat(Objects.requireNonNull(epoch.next()).samples()).isEqualTo(5);
            assertThat(Objects.requireNonNull(epoch.next()).samples()).isEqualTo(6);
            assertThat(epoch.next()).isNull();
            assertThat(epoch.next()).isNull();
        }
    }

    @Test
    void nothingLeftIsNullAtOnce() {
        try (var epoch = new Prefetch(PrefetchTest::batch, 6, 6)) {
            assertThat(epoch.next()).isNull();
        }
    }

    @Test
    void twoBatchesAreMadeAheadAndNoMore() {
        var made = new AtomicInteger();
        var finished = new Semaphore(0);
        try (var epoch = new Prefetch(
                (number, memory) -> {
                    made.incrementAndGet();
                    finished.release();
                    return batch(number, memory);
                },
                0,
                100)) {
            finished.acquireUninterruptibly(2);
            assertThat(made).hasValue(2);
            assertThat(epoch.next()).isNotNull();
            finished.acquireUninterruptibly(1);
            assertThat(made).hasValue(3);
        }
        assertThat(made).hasValue(3);
    }

    @Test
    void anotherThreadMakesThemAndEndsWithTheEpoch() throws InterruptedException {
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        try (var epoch = new Prefetch(
                (number, memory) -> {
                    threads.add(Thread.currentThread());
                    return batch(number, memory);
                },
                0,
                5)) {
            while (epoch.next() != null) {
                assertThat(threads).hasSize(1);
            }
        }
        assertThat(threads).hasSize(1).doesNotContain(Thread.currentThread());
        assertThat(threads.iterator().next().join(Duration.ofSeconds(30))).isTrue();
    }

    @Test
    void failuresReachTheConsumerUnchangedAndInTheirPlace() {
        var failure = new BadInputException("row 7 is bad", "mend it");
        try (var epoch = new Prefetch(
                (number, memory) -> {
                    if (number == 1) {
                        throw failure;
                    }
                    return batch(number, memory);
                },
                0,
                5)) {
            assertThat(epoch.next()).isNotNull();
            assertThatThrownBy(epoch::next).isSameAs(failure);
            assertThatThrownBy(epoch::next).isSameAs(failure);
        }
        var error = new OutOfMemoryError("too large");
        try (var epoch = new Prefetch(
                (_, _) -> {
                    throw error;
                },
                0,
                5)) {
            assertThatThrownBy(epoch::next).isSameAs(error);
        }
    }

    @Test
    void aBatchIsFreedWhenTheNextOneIsAskedForAndTheRestWhenTheEpochIsClosed() {
        var tensors = new ConcurrentLinkedQueue<HostTensor>();
        try (var epoch = new Prefetch(
                (number, memory) -> {
                    tensors.add(memory.allocate(DType.FLOAT, 4));
                    return batch(number, memory);
                },
                0,
                5)) {
            epoch.next();
            var first = tensors.remove();
            assertThat(first.toFloats()).containsOnly(0);
            epoch.next();
            assertThatThrownBy(first::toFloats).isInstanceOf(IllegalStateException.class);
            assertThat(tensors.element().toFloats()).containsOnly(0);
        }
        assertThat(tensors)
                .isNotEmpty()
                .allSatisfy(tensor -> assertThatThrownBy(tensor::toFloats).isInstanceOf(IllegalStateException.class));
    }

    @Test
    void aClosedEpochGivesNothing() {
        var epoch = new Prefetch(PrefetchTest::batch, 0, 5);
        epoch.close();
        epoch.close();
        assertThatThrownBy(epoch::next)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void closingDoesNotWaitForBatchesThatWereOnlyPlanned() {
        var made = new AtomicInteger();
        var started = new Semaphore(0);
        var mayFinish = new Semaphore(0);
        var epoch = new Prefetch(
                (number, memory) -> {
                    made.incrementAndGet();
                    started.release();
                    mayFinish.acquireUninterruptibly();
                    return batch(number, memory);
                },
                0,
                5);
        started.acquireUninterruptibly();
        mayFinish.release(1);
        // At most the second batch has begun; the queue behind it is dropped.
        mayFinish.release(1);
        epoch.close();
        assertThat(made.get()).isLessThanOrEqualTo(2);
    }
}
