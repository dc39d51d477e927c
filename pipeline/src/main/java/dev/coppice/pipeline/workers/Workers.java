package dev.coppice.pipeline.workers;

import dev.coppice.ir.CoppiceException;
import java.util.List;
import java.util.function.Function;

/** Runs units of work that do not depend on each other: threads of this process, or others behind the same interface. */
public interface Workers {

    /** Hears what comes of units, from several threads at once; what it throws ends the work. */
    interface Listener<U, R> {

        void finished(U unit, R result);

        /** Hears of a unit that could not be done, and why; the others go on. */
        void failed(U unit, CoppiceException reason);

        /** Says whether no further unit should be begun. */
        boolean stopRequested();
    }

    /** Runs each unit once, in any order, and returns when all are done or the listener has asked to stop. */
    <U, R> void run(List<U> units, Function<U, R> work, Listener<U, R> listener);
}
