package dev.coppice.pipeline.data;

import dev.coppice.train.data.TrainBatch;
import dev.coppice.train.data.TrainData;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * An epoch whose next two batches are made by a thread of its own while the consumer works on the last one. A batch's tensors are
 * valid until the next one is asked for, or the epoch is closed.
 */
final class Prefetch implements TrainData.Epoch {

    private static final int AHEAD = 2;

    private final Dataset.Pass batches;
    private final int end;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("coppice-prefetch").factory());
    private final Deque<Future<Made>> ahead = new ArrayDeque<>(AHEAD + 1);
    private @Nullable Made last;
    private int next;

    private record Made(TrainBatch batch, TensorArena memory) {}

    /** Starts to make the batches from {@code first} to below {@code end}, in this order. */
    Prefetch(Dataset.Pass batches, int first, int end) {
        this.batches = batches;
        this.next = first;
        this.end = end;
        fill(AHEAD);
    }

    private void fill(int length) {
        while (ahead.size() < length && next < end) {
            int number = next++;
            ahead.add(thread.submit(() -> make(number)));
        }
    }

    private Made make(int number) {
        var memory = new TensorArena();
        try {
            return new Made(batches.batch(number, memory), memory);
        } catch (RuntimeException | Error e) {
            memory.close();
            throw e;
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
        release();
        fill(AHEAD + 1);
        var first = ahead.peek();
        if (first == null) {
            return null;
        }
        try {
            last = first.get();
            ahead.remove();
            return last.batch();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for a batch", e);
        } catch (ExecutionException e) {
            throw unchanged(e);
        }
    }

    private void release() {
        if (last != null) {
            last.memory().close();
            last = null;
        }
    }

    private static RuntimeException unchanged(ExecutionException e) {
        return switch (e.getCause()) {
            case RuntimeException failure -> failure;
            case Error failure -> throw failure;
            case null, default -> new IllegalStateException("batches throw unchecked exceptions only", e);
        };
    }

    /** Stops the thread, waits for it, and frees all batches. */
    @Override
    public void close() {
        thread.shutdownNow();
        thread.close();
        release();
        for (var made = ahead.poll(); made != null; made = ahead.poll()) {
            if (made.state() == Future.State.SUCCESS) {
                made.resultNow().memory().close();
            }
        }
    }
}
