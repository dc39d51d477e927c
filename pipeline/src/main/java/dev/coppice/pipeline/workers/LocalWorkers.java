package dev.coppice.pipeline.workers;

import dev.coppice.ir.CoppiceException;
import dev.coppice.ir.host.Parallel;
import java.util.List;
import java.util.function.Function;

/**
 * Threads of this process.
 *
 * @param threads how many units are done at once
 */
public record LocalWorkers(int threads) implements Workers {

    @Override
    public <U, R> void run(List<U> units, Function<U, R> work, Listener<U, R> listener) {
        new Parallel(threads).forEach(units.size(), () -> task -> {
            if (!listener.stopRequested()) {
                run(units.get(task), work, listener);
            }
        });
    }

    private static <U, R> void run(U unit, Function<U, R> work, Listener<U, R> listener) {
        R result;
        try {
            result = work.apply(unit);
        } catch (CoppiceException e) {
            listener.failed(unit, e);
            return;
        }
        listener.finished(unit, result);
    }
}
