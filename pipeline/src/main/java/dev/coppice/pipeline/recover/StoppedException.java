package dev.coppice.pipeline.recover;

import java.nio.file.Path;

/** Work was asked to stop and did, with its state on disk where it has a run directory. */
public final class StoppedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String hint;

    /** @param hint how to go on */
    public StoppedException(String message, String hint) {
        super(message);
        this.hint = hint;
    }

    StoppedException(String message) {
        this(message, "with --run DIR, 'coppice resume DIR' would go on");
    }

    /** Tells of work whose state is in a run directory. */
    public static StoppedException resumable(String message, Path run) {
        return new StoppedException(message, "'coppice resume " + run + "' goes on");
    }

    /** Returns how to go on. */
    public String hint() {
        return hint;
    }
}
