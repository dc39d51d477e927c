package dev.coppice.train;

/** The loss or a gradient is no longer a finite number. The weights are those from before the step that found out. */
public final class DivergedException extends Exception {

    private static final long serialVersionUID = 1L;

    DivergedException(String message) {
        super(message);
    }
}
