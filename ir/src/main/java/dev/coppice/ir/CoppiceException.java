package dev.coppice.ir;

/** A failure that a user can act on: what is wrong, where, and what to do next. */
public abstract sealed class CoppiceException extends RuntimeException
        permits BadModelException, BadInputException, UsageException {

    private static final long serialVersionUID = 1L;

    private final String hint;

    CoppiceException(String message, String hint) {
        super(message);
        this.hint = hint;
    }

    CoppiceException(String message, String hint, Throwable cause) {
        super(message, cause);
        this.hint = hint;
    }

    /** Returns what the user can do about it, one sentence; may be empty. */
    public String hint() {
        return hint;
    }
}
