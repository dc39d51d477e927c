package dev.coppice.pipeline.recover;

/** Training was asked to stop and did, with its state on disk where it has a run directory. */
public final class StoppedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    StoppedException(String message) {
        super(message);
    }
}
