package dev.coppice.pipeline.recover;

import dev.coppice.ir.UsageException;
import dev.coppice.pipeline.data.Augmentation;
import dev.coppice.train.LrSchedule;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * What is trained after each step of pruning, and how; what is left empty is chosen to fit the data.
 *
 * @param teacher whose outputs are the target
 * @param epochs passes over the data after each step; a fraction is allowed
 * @param steps of pruning; 0 to train without pruning
 * @param rate the peak of the learning rate
 * @param schedule how the rate changes within a stage
 * @param rewindTo where weights are taken from before each stage; empty to go on with the trained ones
 * @param frozen globs of constants that are not trained
 * @param patience epochs without a better mean loss after which a stage ends; empty to go through
 */
public record Recovery(
        Teacher teacher,
        double epochs,
        int steps,
        OptionalDouble rate,
        LrSchedule schedule,
        Optional<Rewind> rewindTo,
        Batches batches,
        Optimization optimization,
        List<String> frozen,
        OptionalInt patience) {

    /** Who says what the outputs should be. */
    public enum Teacher {
        /** The data's labels. */
        LABELS,
        /** The dense model. */
        DENSE_MODEL
    }

    /** An earlier state of the model to rewind to; empty for the model as it was given. */
    public record Rewind(Optional<Path> model) {}

    /** How samples come: per batch, changed how, texts cut to how many tokens. */
    public record Batches(OptionalInt size, Augmentation augmentation, OptionalInt maxLength) {}

    /**
     * How steps follow from gradients; see {@link dev.coppice.train.TrainSpec}.
     *
     * @param optimizer {@code sgd} or {@code adamw}
     */
    public record Optimization(
            Optional<String> optimizer,
            OptionalDouble weightDecay,
            double labelSmoothing,
            OptionalDouble clip,
            int accumulate,
            double ema,
            boolean batchStatistics) {}

    public Recovery {
        frozen = List.copyOf(frozen);
        if (!(epochs > 0 && epochs <= 1e6)) {
            throw new UsageException(
                    "training for " + epochs + " epochs", "give a positive number; 0.5 is half a pass");
        }
        if (rate.isPresent() && !(rate.getAsDouble() > 0 && Double.isFinite(rate.getAsDouble()))) {
            throw new UsageException(
                    "a learning rate of " + rate.getAsDouble(), "give a positive number, such as 0.01");
        }
        if (patience.isPresent() && patience.getAsInt() < 1) {
            throw new UsageException("a patience of " + patience.getAsInt() + " epochs", "give 1 or more");
        }
    }
}
