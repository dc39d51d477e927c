package dev.coppice.pipeline.recover;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.Model;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.rules.ChannelScales;
import dev.coppice.pipeline.data.Batching;
import dev.coppice.pipeline.data.ModelInputs;
import dev.coppice.pipeline.data.TrainingData;
import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.spec.DataSpec;
import dev.coppice.pipeline.evidence.UpdateEvidence;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.prune.Glob;
import dev.coppice.prune.Parameters;
import dev.coppice.prune.score.Findings;
import dev.coppice.train.Checkpoint;
import dev.coppice.train.DivergedException;
import dev.coppice.train.InnerValues;
import dev.coppice.train.Loss;
import dev.coppice.train.Optimizer;
import dev.coppice.train.TeacherCache;
import dev.coppice.train.TrainSpec;
import dev.coppice.train.Trainer;
import dev.coppice.train.data.TrainBatch;
import dev.coppice.train.data.TrainData;
import dev.coppice.train.torch.Weights;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Trains a model stage after stage, each of which may begin with more masks than the one before. */
public final class Recover implements AutoCloseable {

    /**
     * The model that is imitated.
     *
     * @param hash identifies the model, to find its outputs again
     * @param features returns how values of the trained model compare with this one's of the same names; leaves out those of which that
     *     is not known
     */
    public record Teacher(Model model, String hash, Function<List<String>, List<Loss.Feature>> features) {}

    /**
     * What is to be trained.
     *
     * @param model before its first stage; later to be masked, but not cut
     * @param teacher who is imitated where the recovery says so
     * @param seed of the order of the samples
     * @param movement whether training is to tell how weights move
     */
    public record Job(
            Model model,
            Teacher teacher,
            Recovery recovery,
            DataSpec data,
            DataOptions options,
            long seed,
            int threads,
            boolean movement) {}

    /** Batches whose gradient says which weights are missed: one (Evci et al. 2020) is noisy where batches are small. */
    private static final int REGROWTH_BATCHES = 8;

    private final Job job;
    private final Recovery recovery;
    private final int first;
    private final Optional<RunFiles> files;
    private final Progress progress;
    private final TrainData data;
    private final TrainSpec spec;
    private final Trainer trainer;
    private final List<String> shortfalls = new ArrayList<>();
    private final List<String> remarks = new ArrayList<>();
    private @Nullable Training training;

    /**
     * Gets ready to train.
     *
     * @param first the number of the first stage; the order of samples is counted from there
     * @param files where state is kept; empty to keep none
     * @throws BadInputException when the data cannot be used
     * @throws dev.coppice.ir.BadModelException when the model cannot be trained
     */
    public Recover(Job job, int first, Optional<RunFiles> files, Progress progress) {
        this.job = job;
        this.recovery = job.recovery();
        this.first = first;
        this.files = files;
        this.progress = progress;
        progress.begin("load data");
        int batch = recovery.batches().size().orElse(Defaults.batchSize(job.data()));
        var cache = cache();
        var batching = new Batching(
                batch,
                job.seed(),
                true,
                recovery.batches().augmentation(),
                recovery.batches().maxLength(),
                cache.isPresent());
        data = TrainingData.open(job.data(), job.options(), ModelInputs.ofBatches(job.model()), batching);
        var fixed = new FixedBatch(data.batchSize(), batch);
        fixed.remark(recovery.optimization(), data.batches()).ifPresent(remarks::add);
        spec = spec(fixed);
        boolean taught = recovery.teacher() == Recovery.Teacher.DENSE_MODEL;
        trainer = new Trainer(
                job.model(), Optional.of(job.teacher().model()).filter(_ -> taught), spec, job.threads(), cache);
    }

    private Optional<TeacherCache> cache() {
        var teacher = job.teacher().hash() + " on " + job.threads() + " threads";
        return recovery.distillation().cache().map(folder -> new TeacherCache(folder, teacher));
    }

    /**
     * Trains a stage from its beginning.
     *
     * @param cut the model with the masks that it begins with; where the recovery has no steps of pruning, the model itself
     * @return whether it came to its end; where loss or gradient was not finite, the last good state is kept
     * @throws BadInputException when the state to rewind to cannot be used
     * @throws StoppedException when {@code progress} asked to stop
     */
    public boolean train(int stage, Model cut) {
        if (training == null) {
            training = training(Map.of());
        }
        var begin = new Position(stage, 0);
        try {
            if (recovery.steps().number() > 0) {
                requireTrained(cut);
                trainer.mask(cut);
                trainer.load(cut);
                regrow(recovery.steps().regrowth(stage), training, begin);
            }
            recovery.rewindTo()
                    .map(rewind -> rewind.model().map(OnnxReader::read).orElse(job.model()))
                    .ifPresent(trainer::rewind);
            trainer.restartOptimizer();
            if (stage == first && isRateOpen()) {
                training.tryRate(spec.updating().accumulate());
            }
            training.run(begin, false);
            return true;
        } catch (DivergedException e) {
            return diverged(e);
        }
    }

    /** Trains the rest of the stage of a checkpoint; else as {@link #train}. */
    public boolean resume(Checkpoint from) {
        trainer.restore(from);
        training = training(from.notes());
        try {
            training.run(Position.of(from), true);
            return true;
        } catch (DivergedException e) {
            return diverged(e);
        }
    }

    private boolean diverged(DivergedException e) {
        shortfalls.add("training stopped: " + e.getMessage() + ", the last good state is kept; a lower --lr helps");
        return false;
    }

    private Training training(Map<String, String> earlier) {
        return new Training(
                trainer,
                data,
                recovery,
                first,
                Defaults.rate(spec.updating().optimizer(), recovery),
                earlier,
                files,
                progress);
    }

    /** Returns the model as it is now, for use before the next stage. */
    public Model current() {
        return trainer.current(job.model());
    }

    /** Returns the trained model, in memory of its own. */
    public Model model() {
        return trainer.model(job.model());
    }

    /** Returns what the last stage tells about weights, where that was asked for. */
    public Findings learnt() {
        return UpdateEvidence.ofMovement(trainer.movement());
    }

    /** Returns why training ended before it should have, if it did. */
    public List<String> shortfalls() {
        return shortfalls;
    }

    /** Returns what else is worth knowing. */
    public List<String> remarks() {
        var all = new ArrayList<>(remarks);
        if (training != null) {
            all.addAll(training.remarks());
        }
        return all;
    }

    @Override
    public void close() {
        trainer.close();
    }

    /** Moves the masks by the gradient of the first batches of the stage. */
    private void regrow(double share, Training training, Position begin) throws DivergedException {
        if (share > 0) {
            try (var batches = training.epoch(begin)) {
                var batch = batches.next();
                for (int i = 0; i < REGROWTH_BATCHES && batch != null; i++) {
                    trainer.observe(batch);
                    batch = batches.next();
                }
            }
            trainer.regrow(share);
        }
    }

    /** A weight that is pruned but not trained would be used unpruned while the others learn to do without it. */
    private void requireTrained(Model cut) {
        for (var name : trainer.weights().untrainedMasks(cut)) {
            throw new UsageException(
                    "the weight " + name + " is pruned but not trained",
                    "leave it out of --freeze, or prune it (an embedding, say) in a run without training");
        }
    }

    /** Says whether the peak of the rate is to be found out: Adam scales its steps itself, and so do the statistics of batches. */
    private boolean isRateOpen() {
        return recovery.course().rate().isEmpty()
                && spec.updating().optimizer() instanceof Optimizer.Sgd
                && !(spec.learnt().batchStatistics()
                        && job.model().graph().nodes().stream().anyMatch(node -> node.is("BatchNormalization")));
    }

    private TrainSpec spec(FixedBatch fixed) {
        var optimization = recovery.optimization();
        return new TrainSpec(
                losses(),
                new TrainSpec.Updating(
                        Defaults.optimizer(job.data(), optimization),
                        Defaults.clip(job.data(), optimization),
                        optimization.accumulate().orElse(fixed.accumulate(data.batches())),
                        optimization.ema()),
                new TrainSpec.Learnt(optimization.batchStatistics().orElse(fixed.hasStatistics()), false, frozen()),
                penalty(),
                job.movement());
    }

    private TrainSpec.Penalty penalty() {
        double strength = recovery.optimization().l1Scale();
        return strength > 0
                ? new TrainSpec.Penalty(
                        strength, ChannelScales.names(job.model().graph()))
                : TrainSpec.Penalty.NONE;
    }

    private java.util.Set<String> frozen() {
        var globs = recovery.frozen().stream().map(Glob::new).toList();
        if (globs.isEmpty()) {
            return java.util.Set.of();
        }
        var names = Weights.names(job.model());
        for (var glob : globs) {
            if (names.stream().noneMatch(glob::matches)) {
                throw new UsageException(
                        "--freeze '" + glob + "' matches no constant that training could change",
                        Parameters.nearest(glob.toString(), names));
            }
        }
        return names.stream()
                .filter(name -> globs.stream().anyMatch(glob -> glob.matches(name)))
                .collect(Collectors.toSet());
    }

    private List<Loss.Weighted> losses() {
        if (recovery.teacher() == Recovery.Teacher.LABELS) {
            return labelLosses();
        }
        var distillation = recovery.distillation();
        var imitation = Objective.ofTeacher(
                job.data(), example(), job.model(), job.options().pooling(), distillation, this::features);
        return distillation.labelWeight() > 0
                ? Objective.mix(imitation, labelLosses(), distillation.labelWeight())
                : imitation;
    }

    /** Returns the inner values that both models have. */
    private List<Loss.Feature> features() {
        var teacher = job.teacher();
        var known = new HashSet<String>();
        teacher.model().graph().nodes().forEach(node -> known.addAll(node.outputs()));
        var both = InnerValues.of(job.model()).stream().filter(known::contains).toList();
        return teacher.features().apply(both);
    }

    private Optional<TrainBatch> example() {
        try (var epoch = data.epoch(0, 0)) {
            return Optional.ofNullable(epoch.next());
        }
    }

    private List<Loss.Weighted> labelLosses() {
        var example = example()
                .orElseThrow(() ->
                        new BadInputException("data '" + job.data().text() + "' is empty", "give data to learn from"));
        return Objective.ofLabels(job.data(), example, recovery.optimization().labelSmoothing());
    }
}
