package dev.coppice.pipeline.data;

import dev.coppice.train.data.TrainBatch;
import dev.coppice.train.data.TrainData;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** An epoch whose next two batches are made by a thread of its own while the consumer works on the last one. */
final class Prefetch implements TrainData.Epoch {

    private static final int AHEAD = 2;

    private final IntFunction<TrainBatch> batches;
    private final int end;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("coppice-prefetch").factory());
    private final Deque<Future<TrainBatch>> ahead = new ArrayDeque<>(AHEAD + 1);
    private int next;

    /** Starts to make the batches from {@code first} to below {@code end}, in this order. */
    Prefetch(IntFunction<TrainBatch> batches, int first, int end) {
        this.batches = batches;
        this.next = first;
        this.end = end;
        fill(AHEAD);
    }

    private void fill(int length) {
        while (ahead.size() < length && next < end) {
            int number = next++;
            ahead.add(thread.submit(() -> batches.apply(number)));
        }
    }

    /**
     * {@inheritDoc}
     *
     * @throws RuntimeException what making the batch threw, unchanged, whenever that batch would have been next
     */
    @Override
    public @Nullable TrainBatch next() {
        if (thread.isShutdown()) {
            throw new IllegalStateException("the epoch is closed");
        }
        fill(AHEAD + 1);
        var first = ahead.peek();
        if (first == null) {
            return null;
        }
        try {
            var batch = first.get();
            ahead.remove();
            return batch;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for a batch", e);
        } catch (ExecutionException e) {
            throw unchanged(e);
        }
    }

    private static RuntimeException unchanged(ExecutionException e) {
        return switch (e.getCause()) {
            case RuntimeException failure -> failure;
            case Error failure -> throw failure;
            case null, default -> new IllegalStateException("batches throw unchecked exceptions only", e);
        };
    }

    /** Stops the thread and waits for it. */
    @Override
    public void close() {
        thread.shutdownNow();
        thread.close();
    }
}
