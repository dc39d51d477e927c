package dev.coppice.pipeline.recover;

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
        this(message, "'coppice resume RUNDIR' goes on");
    }

    /** Returns how to go on. */
    public String hint() {
        return hint;
    }
}
