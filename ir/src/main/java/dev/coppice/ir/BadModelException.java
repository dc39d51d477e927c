package dev.coppice.ir;

/** Reports an ONNX model that cannot be used: malformed, inconsistent, or outside what Coppice handles. */
public final class BadModelException extends CoppiceException {

    private static final long serialVersionUID = 1L;

    public BadModelException(String message, String hint) {
        super(message, hint);
    }

    public BadModelException(String message, String hint, Throwable cause) {
        super(message, hint, cause);
    }
}
