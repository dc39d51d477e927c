package dev.coppice.ir.host;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Runs tasks on a fixed number of threads, the caller's among them: all that is computed in parallel goes through here, so that a run
 * takes the threads that it was given and no more. Results must not depend on who runs what.
 */
public record Parallel(int threads) {

    /** The caller's thread alone. */
    public static final Parallel ONE = new Parallel(1);

    public Parallel {
        if (threads < 1) {
            throw new IllegalArgumentException(threads + " threads");
        }
    }

    /** As many threads as the machine has processors. */
    public static Parallel ofProcessors() {
        return new Parallel(Runtime.getRuntime().availableProcessors());
    }

    /** Returns these threads without the one that is busy with something else; at least one. */
    public Parallel besideOne() {
        return new Parallel(Math.max(1, threads - 1));
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
                .map(worker -> start(() -> drain(worker, tasks, next, failure)))
                .toList();
        drain(workers.getFirst(), tasks, next, failure);
        helpers.forEach(Parallel::join);
        var failed = failure.get();
        if (failed != null) {
            throw failed.unchecked();
        }
        return workers;
    }

    /** Returns what a function makes of each element, in their order; of several failures the one of the first element is thrown. */
    public <T, R> List<R> map(List<T> elements, Function<? super T, ? extends R> function) {
        var results = new ArrayList<@Nullable R>(Collections.nCopies(elements.size(), null));
        forEach(elements.size(), () -> task -> results.set(task, function.apply(elements.get(task))));
        return results.stream().map(Objects::requireNonNull).collect(Collectors.toList());
    }

    /** Returns what runs work in a thread beside the caller's; where there is but one, at once. */
    public Executor beside() {
        return threads == 1 ? Runnable::run : Parallel::start;
    }

    private static Thread start(Runnable work) {
        return Thread.ofPlatform().name("coppice").daemon().start(work);
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
