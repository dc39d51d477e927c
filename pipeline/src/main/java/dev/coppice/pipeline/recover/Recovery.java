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
 * @param distillation how the dense model is imitated, where it is the teacher
 * @param rewindTo where weights are taken from before each stage; empty to go on with the trained ones
 * @param frozen globs of constants that are not trained
 */
public record Recovery(
        Teacher teacher,
        Distillation distillation,
        Course course,
        Steps steps,
        Optional<Rewind> rewindTo,
        Batches batches,
        Optimization optimization,
        List<String> frozen) {

    /**
     * How long a stage is, and how fast.
     *
     * @param epochs passes over the data; a fraction is allowed
     * @param patience epochs without a better mean loss after which the stage ends; empty to go through
     * @param rate the peak of the learning rate
     * @param schedule how the rate changes
     */
    public record Course(double epochs, OptionalInt patience, OptionalDouble rate, LrSchedule schedule) {
        public Course {
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

    /**
     * How often masks change.
     *
     * @param number of pruning steps; 0 to train without pruning
     * @param regrow share of the kept weights that is exchanged for pruned ones at the second step, less at each later one; 0 for none
     */
    public record Steps(int number, double regrow) {

        static final Steps NONE = new Steps(0, 0);

        public Steps {
            if (!(regrow >= 0 && regrow < 1)) {
                throw new UsageException(
                        "regrowing a share of " + regrow, "give a number from 0 to below 1, such as 0.3");
            }
        }

        /**
         * Returns the share of the kept weights that step {@code stage}, counted from 0, exchanges: half a cosine from {@link #regrow}
         * to none (Evci et al. 2020, section 3, with the steps of the schedule for time). At the first step nothing is pruned yet.
         */
        double regrowth(int stage) {
            return stage == 0 ? 0 : regrow / 2 * (1 + Math.cos(Math.PI * stage / number));
        }
    }

    /** Who says what the outputs should be. */
    public enum Teacher {
        /** The data's labels. */
        LABELS,
        /** The dense model. */
        DENSE_MODEL
    }

    /**
     * How a model is imitated: its outputs (Hinton et al. 2015, section 2) and inner values (Romero et al. 2015, section 2.2).
     *
     * @param temperature by which logits are divided; empty for what fits the data
     * @param labelWeight share of the loss that the data's labels have; the dense model has the rest
     * @param featureWeight what the inner values count beside the outputs; empty for what fits the data
     * @param cache a folder where its outputs are kept; all epochs then have the batches of the first
     */
    public record Distillation(
            OptionalDouble temperature, double labelWeight, OptionalDouble featureWeight, Optional<Path> cache) {
        public Distillation {
            if (temperature.isPresent()
                    && !(temperature.getAsDouble() > 0 && Double.isFinite(temperature.getAsDouble()))) {
                throw new UsageException(
                        "a temperature of " + temperature.getAsDouble(), "give a positive number, such as 2");
            }
            if (!(labelWeight >= 0 && labelWeight < 1)) {
                throw new UsageException(
                        "labels with a weight of " + labelWeight,
                        "give a share from 0 to below 1; training on labels alone is fine-tuning");
            }
            if (featureWeight.isPresent()
                    && !(featureWeight.getAsDouble() >= 0 && Double.isFinite(featureWeight.getAsDouble()))) {
                throw new UsageException(
                        "inner values with a weight of " + featureWeight.getAsDouble(), "give 0 or more, such as 4");
            }
        }
    }

    /** An earlier state of the model to rewind to; empty for the model as it was given. */
    public record Rewind(Optional<Path> model) {}

    /** How samples come: per batch, changed how, texts cut to how many tokens. */
    public record Batches(OptionalInt size, Augmentation augmentation, OptionalInt maxLength) {}

    /**
     * How steps follow from gradients; see {@link dev.coppice.train.TrainSpec}.
     *
     * @param optimizer {@code sgd} or {@code adamw}
     * @param accumulate batches whose gradients make up one step; by default as many as {@link FixedBatch} says
     * @param batchStatistics whether BatchNormalization follows the batches; by default as {@link FixedBatch} says
     * @param l1Scale strength of the penalty on the scales of channels; 0 for none
     */
    public record Optimization(
            Optional<String> optimizer,
            OptionalDouble weightDecay,
            double labelSmoothing,
            OptionalDouble clip,
            OptionalInt accumulate,
            double ema,
            Optional<Boolean> batchStatistics,
            double l1Scale) {

        public Optimization {
            if (!(l1Scale >= 0 && Double.isFinite(l1Scale))) {
                throw new UsageException(
                        "a penalty of " + l1Scale + " on the scales of channels",
                        "give a small positive number, as 1e-4");
            }
        }

        Optimization withoutPenalty() {
            return new Optimization(optimizer, weightDecay, labelSmoothing, clip, accumulate, ema, batchStatistics, 0);
        }
    }

    public Recovery {
        frozen = List.copyOf(frozen);
        if (distillation.cache().isPresent() && !batches.augmentation().isNone()) {
            throw new UsageException(
                    "augmented images never come again, so keeping the dense model's outputs for them is of no use",
                    "leave out --cache-teacher or --augment");
        }
    }

    /** Returns the same training for a model that is already pruned. */
    public Recovery withoutPruning() {
        return new Recovery(teacher, distillation, course, Steps.NONE, rewindTo, batches, optimization, frozen);
    }

    /** Returns the same training without the penalty on the scales of channels. */
    public Recovery withoutPenalty() {
        return new Recovery(
                teacher, distillation, course, steps, rewindTo, batches, optimization.withoutPenalty(), frozen);
    }
}
