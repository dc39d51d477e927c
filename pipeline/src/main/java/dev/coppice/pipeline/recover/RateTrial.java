package dev.coppice.pipeline.recover;

import dev.coppice.pipeline.progress.Progress;
import dev.coppice.train.DivergedException;
import dev.coppice.train.LrSchedule;
import dev.coppice.train.Trainer;
import dev.coppice.train.data.TrainData;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;

/**
 * Finds a peak of the learning rate that does no harm, where none was given: one that suits most networks ruins those that were exported
 * with BatchNormalization folded away. Runs the schedule, shortened to a few steps, and goes on to a fifth of the rate as long as that
 * leaves a clearly lower loss: a coarse range test (Smith 2017, "Cyclical Learning Rates", section 3.3).
 */
final class RateTrial {

    private static final int LOWER = 5; // times at most
    private static final double FACTOR = 5;
    private static final double CLEARLY = 0.8;
    private static final double HARM = 1.1; // of a ruined network the loss may be but half as much again

    private static final int FEWEST = 20; // momentum gathers for ten steps before it shows what a rate does
    private static final int MOST = 40;
    private static final int JUDGES = 8;

    private final Trainer trainer;
    private final TrainData data;
    private final LrSchedule schedule;
    private final int accumulate;
    private final long steps;
    private final Progress progress;

    /**
     * Prepares trials of a twentieth of the steps that are to come, within bounds; of all of them where they are few.
     *
     * @param accumulate batches whose gradients make up one step
     * @param batches that a stage goes through
     */
    RateTrial(Trainer trainer, TrainData data, LrSchedule schedule, int accumulate, long batches, Progress progress) {
        this.trainer = trainer;
        this.data = data;
        this.schedule = schedule;
        this.accumulate = accumulate;
        this.progress = progress;
        long all = Math.max(1, batches / accumulate);
        this.steps = Math.min(all, Math.clamp(all / 20, FEWEST, MOST));
    }

    long steps() {
        return steps;
    }

    /**
     * Returns the rate to train with; the trainer is as it was.
     *
     * @throws StoppedException when {@code progress} asked to stop
     */
    double choose(double most) {
        var start = trainer.snapshot();
        double before = loss();
        return choose(most, before, rate -> {
            double after = after(rate);
            trainer.restore(start);
            return after;
        });
    }

    /**
     * Returns {@code most} or a smaller rate.
     *
     * @param before the loss before training
     * @param trial the loss after a short training at a rate; infinite when it ran away
     */
    static double choose(double most, double before, DoubleUnaryOperator trial) {
        double rate = most;
        double loss = trial.applyAsDouble(rate);
        for (int i = 0; i < LOWER; i++) {
            double after = trial.applyAsDouble(rate / FACTOR);
            if (!(after < CLEARLY * loss) && loss <= HARM * before) {
                break;
            }
            rate /= FACTOR;
            loss = after;
        }
        return rate;
    }

    private double after(double rate) {
        long batches = steps * accumulate;
        long done = 0;
        try {
            for (int number = 0; done < batches; number++) {
                try (var epoch = data.epoch(number, 0)) {
                    for (var batch = epoch.next(); batch != null && done < batches; batch = epoch.next()) {
                        if (progress.stopRequested()) {
                            throw new StoppedException("stopped before training began");
                        }
                        trainer.step(batch, rate * schedule.factor(done, batches));
                        done++;
                        var figures = Map.of(Progress.Figure.LEARNING_RATE, rate);
                        progress.update(new Progress.Event("try", done, batches, "batches", figures));
                    }
                }
            }
        } catch (DivergedException e) {
            return Double.POSITIVE_INFINITY;
        }
        double loss = loss();
        return Double.isNaN(loss) ? Double.POSITIVE_INFINITY : loss;
    }

    /** Returns the mean loss of the first batches. */
    private double loss() {
        double sum = 0;
        int count = 0;
        try (var epoch = data.epoch(0, 0)) {
            for (var batch = epoch.next(); batch != null && count < JUDGES * accumulate; batch = epoch.next()) {
                sum += trainer.loss(batch);
                count++;
            }
        }
        return sum / count;
    }
}
