package dev.coppice.prune.score;

import java.util.Optional;

/** A number about each input, output, weight or unit of a layer that a criterion may need besides the weights themselves. */
public enum Evidence {
    /** Root mean square, over samples and positions, of the input that a weight multiplies. */
    INPUT_NORM(Subject.INPUT, Source.ACTIVATIONS),

    /** Share of zeros among an output's values behind its activation function; for smooth functions of values near zero. */
    ZERO_SHARE(Subject.OUTPUT, Source.ACTIVATIONS),

    /** Mean magnitude of an output behind its activation function. */
    OUTPUT_MEAN(Subject.OUTPUT, Source.ACTIVATIONS),

    /** Root mean square of an output behind its activation function. */
    OUTPUT_NORM(Subject.OUTPUT, Source.ACTIVATIONS),

    /** Variance of an output behind its activation function. */
    OUTPUT_VARIANCE(Subject.OUTPUT, Source.ACTIVATIONS),

    /** Magnitude of the scale by which BatchNormalization multiplies an output. */
    CHANNEL_SCALE(Subject.OUTPUT, Source.WEIGHTS),

    /** Gradient of the mean loss. */
    GRADIENT(Subject.WEIGHT, Source.GRADIENTS),

    /** Mean square of the gradients of small batches. */
    SQUARED_BATCH_GRADIENT(Subject.WEIGHT, Source.GRADIENTS),

    /** Mean square of the gradients of single samples: the diagonal of the empirical Fisher information. */
    SQUARED_SAMPLE_GRADIENT(Subject.WEIGHT, Source.GRADIENTS),

    /** The loss's Hessian times its gradient. */
    HESSIAN_GRADIENT(Subject.WEIGHT, Source.GRADIENTS),

    /**
     * Standard deviation of a weight's updates over a short training, plus the root mean square of those of its tensor, so that weights
     * that hardly move do not count as certain beyond measure.
     */
    UNCERTAINTY(Subject.WEIGHT, Source.UPDATES),

    /** Sum of {@code -w g} over the steps of training, the weight's value times its gradient. */
    MOVEMENT(Subject.WEIGHT, Source.UPDATES),

    /** Gradient by a weight's magnitude of the sum of outputs, all weights replaced by their magnitudes and the input by ones. */
    SYNAPTIC_FLOW(Subject.WEIGHT, Source.WEIGHTS),

    /** Sum of the Euclidean distances between a unit's weights and those of every other unit of its layer. */
    DISTANCE(Subject.UNIT, Source.WEIGHTS),

    /**
     * What others get of a whole structure. Of a channel or head: the mean square of its activations times the squares of the weights
     * that read them. Of a branch: the mean square of what it adds over that of what it is added to; it stands alone, since no weight
     * reads a branch by itself (compare Men et al. 2024, ShortGPT, section 3.2, which measures the same change by its angle).
     */
    CONTRIBUTION(Subject.STRUCTURE, Source.ACTIVATIONS);

    /** What of a layer a number is about. */
    public enum Subject {
        INPUT,
        OUTPUT,
        WEIGHT,
        UNIT,
        STRUCTURE
    }

    /** Where evidence comes from. */
    public enum Source {
        /** The model alone. */
        WEIGHTS,
        /** Running the model on data. */
        ACTIVATIONS,
        /** Differentiating a loss on data. */
        GRADIENTS,
        /** Training on data. */
        UPDATES
    }

    private final Subject subject;
    private final Source source;

    Evidence(Subject subject, Source source) {
        this.subject = subject;
        this.source = source;
    }

    public Subject subject() {
        return subject;
    }

    public Source source() {
        return source;
    }

    /** Says whether data is needed to collect it. */
    public boolean needsData() {
        return source != Source.WEIGHTS;
    }

    /** Says whether it tells of a whole unit, not of its weights one by one. */
    boolean isOfWholes() {
        return subject == Subject.OUTPUT || subject == Subject.STRUCTURE;
    }

    /** Returns why units of a kind cannot be scored by it; empty when they can. */
    Optional<String> refuses(UnitKind kind) {
        return switch (subject) {
            case INPUT ->
                kind.isStructure()
                        ? Optional.of("it looks at what single weights multiply, which whole " + kind.label()
                                + "s do not share")
                        : Optional.empty();
            case OUTPUT ->
                kind == UnitKind.ROW || kind == UnitKind.CHANNEL || kind == UnitKind.HEAD
                        ? Optional.empty()
                        : Optional.of("it looks at outputs, which " + kind.label() + "s do not have one by one");
            case WEIGHT ->
                kind == UnitKind.LAYER
                        ? Optional.of("it judges weights, and what a branch is worth does not show in them")
                        : Optional.empty();
            case UNIT ->
                kind == UnitKind.WEIGHT || kind == UnitKind.BLOCK || kind == UnitKind.LAYER
                        ? Optional.of("it compares whole rows, columns, channels or heads with each other, not "
                                + kind.label() + "s")
                        : Optional.empty();
            case STRUCTURE ->
                kind.isStructure()
                        ? Optional.empty()
                        : Optional.of("it looks at what whole channels, heads or branches hand on, not at "
                                + kind.label() + "s");
        };
    }
}
