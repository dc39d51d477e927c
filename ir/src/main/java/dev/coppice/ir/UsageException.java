package dev.coppice.ir;

/** Reports a request that makes no sense whatever the model is, such as an unknown name or a ratio out of range. */
public final class UsageException extends CoppiceException {

    private static final long serialVersionUID = 1L;

    public UsageException(String message, String hint) {
        super(message, hint);
    }

    public UsageException(String message, String hint, Throwable cause) {
        super(message, hint, cause);
    }
}
