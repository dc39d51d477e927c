package dev.coppice.pipeline.recover;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.Model;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.rules.ChannelScales;
import dev.coppice.pipeline.data.Batching;
import dev.coppice.pipeline.data.ModelInputs;
import dev.coppice.pipeline.data.TrainingData;
import dev.coppice.pipeline.data.spec.DataHash;
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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Prunes and trains in turn: the loop of iterative pruning, one turn of which is plain fine-tuning. */
public final class Recover {

    /** Prunes a model further. */
    @FunctionalInterface
    public interface Cutter {

        /**
         * Returns {@code current} with the masks of a step; called again with the same arguments after an interruption.
         *
         * @param step counted from 0
         * @param learnt what the training since the step before tells about weights, by the name of the constant; nothing at
         *     the first step
         */
        Model cut(Model current, int step, Findings learnt);

        /** Returns what every checkpoint of the step that was cut last is to keep, beside what training itself needs. */
        default Map<String, String> notes() {
            return Map.of();
        }

        /** Takes over the {@link #notes} of the checkpoint that training goes on from. */
        default void resume(Map<String, String> notes) {}
    }

    /**
     * The model that is imitated.
     *
     * @param model empty for the one that is trained, before it was pruned
     * @param hash identifies the model, to find its outputs again
     * @param features returns how values of the trained model compare with this one's of the same names; leaves out those of which that
     *     is not known
     */
    public record Teacher(Optional<Model> model, String hash, Function<List<String>, List<Loss.Feature>> features) {

        /** Returns the model that is trained itself, as it was before. */
        public static Teacher itself(String hash) {
            return new Teacher(
                    Optional.empty(),
                    hash,
                    names -> names.stream().map(Loss.Feature::whole).toList());
        }
    }

    /**
     * What is to be done.
     *
     * @param dense the model before anything was pruned, which is trained
     * @param teacher who is imitated where the recovery says so
     * @param run where state is kept; empty to keep none
     * @param resume whether to go on from the last checkpoint there
     * @param fingerprint of the model and recipe: a checkpoint of others is refused
     * @param movement whether training is to tell how weights move
     */
    public record Job(
            Model dense,
            Teacher teacher,
            Cutter cutter,
            Recovery recovery,
            DataSpec data,
            DataOptions options,
            long seed,
            int threads,
            Optional<Path> run,
            boolean resume,
            String fingerprint,
            boolean movement) {}

    /**
     * What came of it.
     *
     * @param model pruned and trained, in memory of its own
     * @param shortfalls why training ended before it should have, if it did
     * @param remarks what else is worth knowing
     * @param learnt what the training after the last step tells about weights, where that was asked for
     */
    public record Recovered(Model model, List<String> shortfalls, List<String> remarks, Findings learnt) {}

    /** Batches whose gradient says which weights are missed: one (Evci et al. 2020) is noisy where batches are small. */
    private static final int REGROWTH_BATCHES = 8;

    private final Job job;
    private final Recovery recovery;
    private final Progress progress;
    private final String dataHash; // empty where no state is kept
    private final List<String> shortfalls = new ArrayList<>();

    private Recover(Job job, Progress progress) {
        this.job = job;
        this.recovery = job.recovery();
        this.progress = progress;
        this.dataHash = job.run().isPresent() ? DataHash.of(job.data(), job.options()) : "";
    }

    /**
     * Does a job; resumed, from where its run directory says that it was left.
     *
     * @throws BadInputException when the data, a checkpoint or the state to rewind to cannot be used
     * @throws dev.coppice.ir.BadModelException when the model cannot be trained
     * @throws StoppedException when {@code progress} asked to stop
     */
    public static Recovered run(Job job, Progress progress) {
        return new Recover(job, progress).run();
    }

    private Recovered run() {
        progress.update("load data", 0, 0);
        int batch = recovery.batches().size().orElse(Defaults.batchSize(job.data()));
        var cache = cache();
        var batching = new Batching(
                batch,
                job.seed(),
                true,
                recovery.batches().augmentation(),
                recovery.batches().maxLength(),
                cache.isPresent());
        var data = TrainingData.open(job.data(), job.options(), ModelInputs.ofBatches(job.dense()), batching);
        var fixed = new FixedBatch(data.batchSize(), batch);
        var files = job.run().map(RunFiles::new);
        if (!job.resume()) {
            files.ifPresent(RunFiles::clear);
        }
        var resumed = files.flatMap(RunFiles::latest);
        resumed.ifPresent(this::requireSame);
        boolean taught = recovery.teacher() == Recovery.Teacher.DENSE_MODEL;
        var spec = spec(data, fixed);
        try (var trainer = new Trainer(
                job.dense(),
                taught ? Optional.of(job.teacher().model().orElse(job.dense())) : Optional.empty(),
                spec,
                job.threads(),
                cache)) {
            files.ifPresent(kept -> kept.open(resumed.map(Recover::position).orElse(Position.START)));
            try {
                var remarks = new ArrayList<String>();
                fixed.remark(recovery.optimization(), data.batches()).ifPresent(remarks::add);
                remarks.addAll(stages(trainer, spec, data, files, resumed));
                var learnt = UpdateEvidence.ofMovement(trainer.movement());
                return new Recovered(trainer.model(job.dense()), shortfalls, remarks, learnt);
            } finally {
                files.ifPresent(RunFiles::close);
            }
        }
    }

    private Optional<TeacherCache> cache() {
        var teacher = job.teacher().hash() + " on " + job.threads() + " threads";
        return recovery.distillation().cache().map(folder -> new TeacherCache(folder, teacher));
    }

    private void requireSame(Checkpoint checkpoint) {
        if (!job.fingerprint().equals(checkpoint.notes().get("fingerprint"))) {
            throw new BadInputException(
                    "the model, the recipe or a file that it names has changed since the checkpoints in "
                            + job.run().orElseThrow() + " were made",
                    "put back model and recipe.yaml as they were and resume; or begin anew in another directory:"
                            + " --run");
        }
        if (!dataHash.equals(checkpoint.notes().get("data"))) {
            throw new BadInputException(
                    "the data '" + job.data().text() + "' has changed since training was interrupted",
                    "samples, labels and tokenizer have to be those of before; to train on others, begin anew in"
                            + " another directory: --run");
        }
    }

    static Position position(Checkpoint checkpoint) {
        try {
            return new Position(
                    Integer.parseInt(checkpoint.notes().getOrDefault("stage", "")),
                    Long.parseLong(checkpoint.notes().getOrDefault("step", "")));
        } catch (NumberFormatException e) {
            throw new BadInputException(
                    "the checkpoint does not say where training stood", "begin anew in another directory: --run", e);
        }
    }

    /** Trains what is left of the stages, and returns remarks on them. */
    private List<String> stages(
            Trainer trainer, TrainSpec spec, TrainData data, Optional<RunFiles> files, Optional<Checkpoint> resumed) {
        var start = resumed.map(Recover::position).orElse(Position.START);
        resumed.ifPresent(trainer::restore);
        resumed.map(Checkpoint::notes).ifPresent(job.cutter()::resume);
        var rewound = recovery.rewindTo()
                .map(rewind -> rewind.model().map(OnnxReader::read).orElse(job.dense()));
        var earlier = resumed.map(Checkpoint::notes).orElse(Map.of());
        double rate = Defaults.rate(spec.optimizer(), recovery);
        var training = new Training(trainer, data, recovery, rate, this::notes, earlier, files, progress);
        int last = Math.max(1, recovery.steps());
        for (int stage = start.stage(); stage < last; stage++) {
            boolean within = stage == start.stage() && resumed.isPresent();
            var from = within ? start : new Position(stage, 0);
            try {
                if (!within) {
                    prepare(trainer, stage, rewound, () -> training.epoch(from));
                    if (stage == 0 && isRateOpen(spec)) {
                        training.tryRate(spec.accumulate());
                    }
                }
                training.run(from, within);
            } catch (DivergedException e) {
                shortfalls.add(
                        "training stopped: " + e.getMessage() + ", the last good state is kept; a lower --lr helps");
                break;
            }
        }
        return training.remarks();
    }

    private void prepare(Trainer trainer, int stage, Optional<Model> rewound, Supplier<TrainData.Epoch> epoch)
            throws DivergedException {
        if (recovery.steps() > 0) {
            progress.update("prune", stage, recovery.steps());
            var learnt = UpdateEvidence.ofMovement(trainer.movement());
            var cut = job.cutter().cut(trainer.current(job.dense()), stage, learnt);
            requireTrained(trainer, cut);
            trainer.mask(cut);
            trainer.load(cut);
            regrow(trainer, recovery.regrowth(stage), epoch);
        }
        rewound.ifPresent(trainer::rewind);
        trainer.restartOptimizer();
    }

    /** Moves the masks by the gradient of the first batches of the stage. */
    private static void regrow(Trainer trainer, double share, Supplier<TrainData.Epoch> epoch)
            throws DivergedException {
        if (share > 0) {
            try (var batches = epoch.get()) {
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
    private static void requireTrained(Trainer trainer, Model cut) {
        for (var name : trainer.weights().untrainedMasks(cut)) {
            throw new UsageException(
                    "the weight " + name + " is pruned but not trained",
                    "leave it out of --freeze, or prune it (an embedding, say) in a run without training");
        }
    }

    /** Says whether the peak of the rate is to be found out: Adam scales its steps itself, and so do the statistics of batches. */
    private boolean isRateOpen(TrainSpec spec) {
        return recovery.rate().isEmpty()
                && spec.optimizer() instanceof Optimizer.Sgd
                && !(spec.batchStatistics()
                        && job.dense().graph().nodes().stream().anyMatch(node -> node.is("BatchNormalization")));
    }

    private Map<String, String> notes() {
        var notes = new HashMap<>(job.cutter().notes());
        notes.put("fingerprint", job.fingerprint());
        notes.put("data", dataHash);
        return notes;
    }

    private TrainSpec spec(TrainData data, FixedBatch fixed) {
        var optimization = recovery.optimization();
        return new TrainSpec(
                losses(data),
                Defaults.optimizer(job.data(), optimization),
                Defaults.clip(job.data(), optimization),
                optimization.accumulate().orElse(fixed.accumulate(data.batches())),
                optimization.ema(),
                optimization.batchStatistics().orElse(fixed.hasStatistics()),
                false,
                frozen(),
                penalty(),
                job.movement());
    }

    private TrainSpec.Penalty penalty() {
        double strength = recovery.optimization().l1Scale();
        return strength > 0
                ? new TrainSpec.Penalty(
                        strength, ChannelScales.names(job.dense().graph()))
                : TrainSpec.Penalty.NONE;
    }

    private java.util.Set<String> frozen() {
        var globs = recovery.frozen().stream().map(Glob::new).toList();
        if (globs.isEmpty()) {
            return java.util.Set.of();
        }
        var names = Weights.names(job.dense());
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

    private List<Loss.Weighted> losses(TrainData data) {
        if (recovery.teacher() == Recovery.Teacher.LABELS) {
            return labelLosses(data);
        }
        var distillation = recovery.distillation();
        var imitation = Objective.ofTeacher(
                job.data(), example(data), job.dense(), job.options().pooling(), distillation, this::features);
        return distillation.labelWeight() > 0
                ? Objective.mix(imitation, labelLosses(data), distillation.labelWeight())
                : imitation;
    }

    /** Returns the inner values that both models have. */
    private List<Loss.Feature> features() {
        var teacher = job.teacher();
        var known = new HashSet<String>();
        teacher.model().orElse(job.dense()).graph().nodes().forEach(node -> known.addAll(node.outputs()));
        var both = InnerValues.of(job.dense()).stream().filter(known::contains).toList();
        return teacher.features().apply(both);
    }

    private static Optional<TrainBatch> example(TrainData data) {
        try (var epoch = data.epoch(0, 0)) {
            return Optional.ofNullable(epoch.next());
        }
    }

    private List<Loss.Weighted> labelLosses(TrainData data) {
        var example = example(data)
                .orElseThrow(() ->
                        new BadInputException("data '" + job.data().text() + "' is empty", "give data to learn from"));
        return Objective.ofLabels(job.data(), example, recovery.optimization().labelSmoothing());
    }
}
