package dev.coppice.prune.group;

/** Says that units cannot be removed after all, since a node's parameters cannot follow; the model is unharmed. */
public final class CutException extends RuntimeException {

    private static final long serialVersionUID = 1;

    /** Says which node cannot follow. */
    public CutException(String message) {
        super(message);
    }
}
