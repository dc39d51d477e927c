package dev.coppice.pipeline.structure;

/** Says how a cut model breaks the law of structured pruning, and which units were removed. */
public final class LawViolation extends RuntimeException {

    private static final long serialVersionUID = 1;

    LawViolation(String message) {
        super(message);
    }

    LawViolation(String message, Throwable cause) {
        super(message, cause);
    }
}
