package dev.coppice.pipeline.recover;

import dev.coppice.pipeline.progress.Progress;
import dev.coppice.train.Checkpoint;
import dev.coppice.train.DivergedException;
import dev.coppice.train.Trainer;
import dev.coppice.train.data.TrainBatch;
import dev.coppice.train.data.TrainData;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Goes through the steps of one stage after the other, leaving checkpoints and metrics behind. */
final class Training {

    /** Work that a kill may cost. */
    private static final Duration INTERVAL = Duration.ofSeconds(Long.getLong("coppice.checkpoint.seconds", 30));

    private final Trainer trainer;
    private final TrainData data;
    private final Recovery recovery;
    private final int first;
    private final Optional<RunFiles> files;
    private final Progress progress;
    private final long steps;

    private double rate;
    private long savedAt = System.nanoTime();
    private Checkpoint good;
    private double loss = Double.NaN; // a running mean, for people
    private double accuracy = Double.NaN;
    private LossTrend trend;
    private Patience patience;
    private final List<String> remarks = new ArrayList<>();

    /**
     * Prepares stages of equal length.
     *
     * @param first the number of the first stage
     * @param rate the peak of the learning rate
     * @param earlier the notes of the checkpoint to go on from; empty at the start
     */
    Training(
            Trainer trainer,
            TrainData data,
            Recovery recovery,
            int first,
            double rate,
            Map<String, String> earlier,
            Optional<RunFiles> files,
            Progress progress) {
        this.trainer = trainer;
        this.data = data;
        this.recovery = recovery;
        this.rate = earlier.containsKey("rate") ? Double.parseDouble(earlier.get("rate")) : rate;
        this.first = first;
        this.files = files;
        this.progress = progress;
        this.steps = Math.max(1, Math.round(recovery.course().epochs() * data.batches()));
        this.good = trainer.snapshot();
        this.trend = LossTrend.of(steps, earlier.getOrDefault("trend", ""));
        this.patience = Patience.of(recovery.course().patience(), earlier.getOrDefault("patience", ""));
        earlier.getOrDefault("remarks", "")
                .lines()
                .filter(line -> !line.isEmpty())
                .forEach(remarks::add);
    }

    /** Returns what is worth knowing of the stages that were trained to their end. */
    List<String> remarks() {
        return List.copyOf(remarks);
    }

    /**
     * Lowers the peak of the learning rate where short trials on what comes first show that it does harm, and says so in a remark.
     *
     * @param accumulate batches whose gradients make up one step
     */
    void tryRate(int accumulate) {
        var trial = new RateTrial(trainer, data, recovery.course().schedule(), accumulate, steps, progress);
        double found = trial.choose(rate);
        if (found < rate) {
            remarks.add(String.format(
                    Locale.ROOT,
                    "the learning rate rises to %.3g only: with %.3g, which suits most networks, %d steps of trial"
                            + " left a clearly higher loss; --lr chooses it",
                    found,
                    rate,
                    trial.steps()));
            rate = found;
        }
    }

    /**
     * Trains one stage to its end; if that did harm, there is a remark of it.
     *
     * @param from where to begin in it
     * @param resumed whether the state at {@code from} is on disk already
     * @throws DivergedException when loss or gradient is not finite; the trainer is back in its last good state
     */
    void run(Position from, boolean resumed) throws DivergedException {
        if (!resumed) {
            trend = new LossTrend(steps);
            patience = new Patience(recovery.course().patience());
            save(from);
        }
        long began = System.nanoTime();
        double sparsity = trainer.sparsity();
        long step = from.step();
        while (step < steps && !patience.isExhausted()) {
            int epoch = (int) (step / data.batches());
            try (var batches = data.epoch((from.stage() - first) * epochs() + epoch, (int) (step % data.batches()))) {
                var batch = batches.next();
                while (batch != null && step < steps) {
                    double now = step(new Position(from.stage(), step), batch, sparsity);
                    patience.add(now);
                    trend.add(step, now);
                    step++;
                    if (step % data.batches() == 0) {
                        patience.endEpoch(); // before the state is put away
                    }
                    show(from, step, began, sparsity);
                    pause(new Position(from.stage(), step));
                    batch = batches.next();
                }
            }
        }
        trend.rise(rate).ifPresent(remarks::add);
    }

    /** Opens the epoch in which a stage begins, at its first batch. */
    TrainData.Epoch epoch(Position begin) {
        return data.epoch((begin.stage() - first) * epochs(), 0);
    }

    /** Returns how many epochs a stage begins. */
    private int epochs() {
        return (int) Math.ceilDiv(steps, (long) data.batches());
    }

    private double step(Position at, TrainBatch batch, double sparsity) throws DivergedException {
        double now = rate * recovery.course().schedule().factor(at.step(), steps);
        try {
            var result = trainer.step(batch, now);
            loss = mix(loss, result.loss());
            accuracy = mix(accuracy, result.accuracy());
            record(at, result, now, sparsity);
            return result.loss();
        } catch (DivergedException e) {
            trainer.restore(good);
            throw e;
        }
    }

    private static double mix(double mean, double value) {
        return Double.isNaN(mean) ? value : 0.95 * mean + 0.05 * value;
    }

    private void record(Position at, Trainer.StepResult result, double now, double sparsity) {
        if (files.isEmpty()) {
            return;
        }
        var line = new LinkedHashMap<String, Object>();
        line.put("stage", at.stage());
        line.put("step", at.step());
        line.put("epoch", (double) at.step() / data.batches());
        line.put("loss", result.loss());
        if (!Double.isNaN(result.accuracy())) {
            line.put("accuracy", result.accuracy());
        }
        line.put("lr", now);
        line.put("sparsity", sparsity);
        files.get().metric(line);
    }

    private void show(Position from, long done, long began, double sparsity) {
        double each = (System.nanoTime() - began) / 1e9 / (done - from.step());
        var figures = new EnumMap<Progress.Figure, Double>(Progress.Figure.class);
        if (recovery.steps().number() > 1) {
            figures.put(Progress.Figure.PRUNING_STEP, from.stage() + 1.0);
            figures.put(Progress.Figure.PRUNING_STEPS, (double) recovery.steps().number());
        }
        figures.put(Progress.Figure.LOSS, loss);
        if (!Double.isNaN(accuracy)) {
            figures.put(Progress.Figure.ACCURACY, accuracy);
        }
        figures.put(Progress.Figure.SPARSITY, sparsity);
        figures.put(Progress.Figure.SECONDS_LEFT, each * (steps - done));
        progress.update(new Progress.Event("train", done, steps, "steps", figures));
    }

    /** Puts the state away from time to time, and when asked to stop. */
    private void pause(Position next) {
        if (!trainer.isBetweenSteps()) {
            return;
        }
        if (progress.stopRequested()) {
            save(next);
            throw new StoppedException(
                    files.isPresent() ? "stopped; the run directory has everything to continue" : "stopped");
        }
        if (System.nanoTime() - savedAt >= INTERVAL.toNanos()) {
            save(next);
        }
    }

    private void save(Position next) {
        good = trainer.snapshot();
        if (files.isPresent()) {
            var all = new LinkedHashMap<>(good.notes());
            all.put("stage", Integer.toString(next.stage()));
            all.put("step", Long.toString(next.step()));
            all.put("trend", trend.state());
            all.put("patience", patience.state());
            all.put("rate", Double.toString(rate));
            all.put("remarks", String.join("\n", remarks));
            files.get().save(new Checkpoint(all, good.tensors()), next);
        }
        savedAt = System.nanoTime();
    }
}
