package dev.coppice.ir.fuzz;

/** What became of a model: how far it came before a typed error stopped it, or the failure that must not be. */
public sealed interface Outcome {

    /** The steps that a model goes through, in order. */
    enum Step {
        READ,
        WRITE,
        READ_AGAIN,
        RESOLVE_WEIGHTS,
        INFER_SHAPES,
        FOLD_CONSTANTS
    }

    /** All steps were done. */
    record Survived() implements Outcome {}

    /** A step ended in a {@link dev.coppice.ir.CoppiceException}, as it should for a bad model. */
    record Refused(Step step) implements Outcome {}

    /** A step ended in anything else. */
    record Failed(Step step, Throwable failure) implements Outcome {}
}
