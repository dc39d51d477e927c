package dev.coppice.ir;

/** Reports an input other than a model that cannot be used: data, recipe, plan, tokenizer. */
public final class BadInputException extends CoppiceException {

    private static final long serialVersionUID = 1L;

    public BadInputException(String message, String hint) {
        super(message, hint);
    }

    public BadInputException(String message, String hint, Throwable cause) {
        super(message, hint, cause);
    }
}
