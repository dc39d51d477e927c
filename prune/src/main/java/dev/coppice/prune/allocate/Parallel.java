package dev.coppice.prune.allocate;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Runs numbered tasks on a fixed number of threads, the caller's among them. Results must not depend on who runs what. */
public record Parallel(int threads) {

    public Parallel {
        if (threads < 1) {
            throw new IllegalArgumentException(threads + " threads");
        }
    }

    /** The state of one thread: its buffers, and what it has gathered. */
    @FunctionalInterface
    public interface Worker {
        void run(int task);
    }

    /** Runs tasks {@code 0 .. tasks - 1}, each once; returns the workers. Of several failures the one of the lowest task is thrown. */
    public <W extends Worker> List<W> forEach(int tasks, Supplier<W> newWorker) {
        var workers = new ArrayList<W>();
        for (int i = 0; i < Math.clamp(tasks, 1, threads); i++) {
            workers.add(newWorker.get());
        }
        var next = new AtomicInteger();
        var failure = new AtomicReference<@Nullable Failure>();
        var helpers = workers.subList(1, workers.size()).stream()
                .map(worker -> Thread.ofPlatform()
                        .name("coppice-prune")
                        .daemon()
                        .start(() -> drain(worker, tasks, next, failure)))
                .toList();
        drain(workers.getFirst(), tasks, next, failure);
        helpers.forEach(Parallel::join);
        var failed = failure.get();
        if (failed != null) {
            throw failed.unchecked();
        }
        return workers;
    }

    private record Failure(int task, Throwable cause) {

        RuntimeException unchecked() {
            if (cause instanceof Error error) {
                throw error;
            }
            return (RuntimeException) cause;
        }
    }

    private static void drain(
            Worker worker, int tasks, AtomicInteger next, AtomicReference<@Nullable Failure> failure) {
        for (int task; (task = next.getAndIncrement()) < tasks; ) {
            try {
                worker.run(task);
            } catch (RuntimeException | Error e) {
                var mine = new Failure(task, e);
                failure.accumulateAndGet(mine, (old, fresh) -> old == null || mine.task < old.task ? fresh : old);
            }
        }
    }

    private static void join(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException _) {
                // The helper works on the caller's data: it has to end first.
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
