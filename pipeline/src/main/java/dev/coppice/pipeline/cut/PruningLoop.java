package dev.coppice.pipeline.cut;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.Model;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.pipeline.gather.WeightFolding;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.recover.Position;
import dev.coppice.pipeline.recover.Recover;
import dev.coppice.pipeline.recover.RunFiles;
import dev.coppice.pipeline.report.Json;
import dev.coppice.pipeline.run.Fingerprint;
import dev.coppice.pipeline.run.Provenance;
import dev.coppice.pipeline.run.RunDirectory;
import dev.coppice.prune.Plan;
import dev.coppice.prune.Selection;
import dev.coppice.prune.StructuredPlan;
import dev.coppice.prune.WeightPlan;
import dev.coppice.prune.group.Groups;
import dev.coppice.prune.score.Evidence;
import dev.coppice.prune.score.Findings;
import dev.coppice.prune.structure.Granularity;
import dev.coppice.train.Checkpoint;
import dev.coppice.train.Loss;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Prunes and trains in turn, as often as a recipe says. Where only weights change, one training goes on through all stages; where the
 * graph does, each stage trains the smaller model, with the dense one as the teacher where there is one.
 *
 * <p>With a run directory, every checkpoint has what it takes to go on from it: the plan so far, the diagnostics, and the sum of
 * {@code step-N/cut.onnx}, the model that the stage trains, where the graph has changed.
 */
public final class PruningLoop {

    private static final String PLAN = "plan";
    private static final String DIAGNOSTICS = "diagnostics";
    private static final String CUT = "cut";
    private static final String MODEL = "cut.onnx";
    private static final String ANEW = "begin anew in another directory: --run";

    private final Recipe recipe;
    private final Optional<RunDirectory> directory;
    private final Progress progress;
    private final Cutter cutter;
    private final Model uncut; // with scales where training is to find out about channels
    private final int lead; // stages that only train, before the first cut
    private final int stages;

    private Plan plan = WeightPlan.NOTHING;
    private Diagnostics diagnostics = Diagnostics.NONE;
    private Findings learnt = Findings.NONE; // since the step before
    private Optional<String> cutSum = Optional.empty(); // where the graph has changed
    private @Nullable Recover training; // that is under way

    private PruningLoop(Model read, Recipe recipe, Optional<RunDirectory> directory, Progress progress) {
        this.recipe = recipe;
        this.directory = directory;
        this.progress = progress;
        cutter = cutter(read, recipe, progress);
        uncut = SparseTraining.isAskedFor(recipe) ? SparseTraining.scaled(cutter.dense()) : cutter.dense();
        lead = SparseTraining.isAskedFor(recipe) && cutter.changesGraph() ? 1 : 0;
        stages = lead + cutter.steps();
    }

    /** Returns the cutter that a recipe asks for. */
    private static Cutter cutter(Model read, Recipe recipe, Progress progress) {
        return switch (recipe.cut()) {
            case Recipe.Fresh cut -> new WeightCutter(read, recipe, cut, progress);
            case Recipe.Structured cut -> new StructureCutter(WeightFolding.fold(read), recipe, cut, progress);
            case Recipe.Activations cut -> new ActivationCutter(read, recipe, cut, progress);
            case Recipe.FromPlan(var file, boolean maskOnly) -> {
                var plan = PlanFile.read(file);
                var dense = plan instanceof StructuredPlan
                        ? WeightFolding.fold(read)
                        : WeightFolding.find(read, Selection.ALL).model();
                yield new PlanCutter(dense, plan, maskOnly, recipe, progress);
            }
            case Recipe.Nothing _ -> new Cutter.Nothing(read);
        };
    }

    /** Prunes and trains in memory. */
    public static Pruned run(Model read, Recipe recipe, Progress progress) {
        return run(read, recipe, Optional.empty(), false, progress);
    }

    /**
     * Prunes and trains as a recipe says.
     *
     * @param resume whether to go on from the run directory's last checkpoint
     * @throws BadInputException when the data, a plan or a checkpoint cannot be used
     * @throws dev.coppice.ir.BadModelException when the model cannot be pruned or trained
     * @throws dev.coppice.pipeline.recover.StoppedException when {@code progress} asked to stop
     */
    public static Pruned run(
            Model read, Recipe recipe, Optional<RunDirectory> directory, boolean resume, Progress progress) {
        return new PruningLoop(read, recipe, directory, progress).run(resume);
    }

    private Pruned run(boolean resume) {
        try (var files = files(resume).orElse(null)) {
            var last = stages(Optional.ofNullable(files));
            var result = SparseTraining.isAskedFor(recipe) ? SparseTraining.folded(last) : last;
            return new Pruned(cutter.dense(), result, plan, diagnostics);
        } finally {
            if (training != null) {
                training.close();
            }
        }
    }

    private Optional<RunFiles> files(boolean resume) {
        return directory.filter(_ -> recipe.recovery().isPresent()).map(to -> {
            if (resume
                    && Stream.of("sparse", "step-1")
                            .anyMatch(step -> Files.exists(to.path().resolve(step + "/sealed.json")))) {
                throw new BadInputException(to.path() + " was begun by an earlier version of coppice", ANEW);
            }
            var data = recipe.data().orElseThrow();
            var identity = new RunFiles.Identity(Fingerprint.of(recipe), data.spec(), data.options());
            return RunFiles.open(to.path(), resume, identity, this::notes);
        });
    }

    private Model stages(Optional<RunFiles> files) {
        var resumed = files.flatMap(RunFiles::resumed);
        int first = resumed.map(from -> Position.of(from).stage()).orElse(0);
        var current = uncut;
        boolean goesOn = true;
        for (int stage = first; stage < stages && goesOn; stage++) {
            var from = stage == first ? resumed : Optional.<Checkpoint>empty();
            if (from.isPresent()) {
                current = takenOver(from.get(), stage);
            } else if (stage >= lead) {
                current = cut(current, stage - lead);
            }
            if (recipe.recovery().isPresent() && !isLeftOut(stage)) {
                boolean good = train(current, stage, from, files);
                goesOn = good || cutter.changesGraph();
                current = cutter.changesGraph() ? endTraining() : training().current();
            }
        }
        return training == null ? current : endTraining();
    }

    private Model cut(Model current, int step) {
        progress.update("prune", step, cutter.steps() > 1 ? cutter.steps() : 0, "steps");
        var result = cutter.cut(uncut, current, step, learnt);
        plan = plan instanceof StructuredPlan before && result.plan() instanceof StructuredPlan next
                ? before.then(next)
                : result.plan();
        var told = result.diagnostics();
        // What is out of reach on the way is said by the last step, if it still is.
        diagnostics = diagnostics
                .and(step == cutter.steps() - 1 ? told.shortfalls() : List.of(), told.remarks())
                .withBlocked(told.blocked());
        directory.ifPresent(to -> keep(to, step, result.model()));
        return result.model();
    }

    private void keep(RunDirectory to, int step, Model cut) {
        if (cutter.changesGraph()) {
            var file = RunDirectory.at(place(to, step)).path().resolve(MODEL);
            OnnxWriter.write(cut, file);
            cutSum = Optional.of(Provenance.sha256OfModel(file));
        }
        if (recipe.recovery().isPresent()) {
            to.json("plan.json", PlanFile.describe(plan));
        }
    }

    private static Path place(RunDirectory in, int step) {
        return in.path().resolve("step-" + (step + 1));
    }

    /** Says whether training would only cost time, and quality, after a stage. */
    private boolean isLeftOut(int stage) {
        if (!hasNothingToRepair(recipe, plan.isEmpty())) {
            return false;
        }
        if (stage == stages - 1) {
            diagnostics = diagnostics.and(
                    List.of(), List.of("training was left out: nothing was removed that it could repair"));
        }
        return true;
    }

    /** Says whether training has nothing to repair: structure was to be removed, and none could be. */
    public static boolean hasNothingToRepair(Recipe recipe, boolean removedNothing) {
        return removedNothing
                && recipe.cut() instanceof Recipe.Structured cut
                && !cut.request().isForNothing()
                && !SparseTraining.isAskedFor(recipe);
    }

    /** Trains what a step has left, and says whether that went well. */
    private boolean train(Model cut, int stage, Optional<Checkpoint> from, Optional<RunFiles> files) {
        if (training == null) {
            training = new Recover(job(cut, stage), cutter.changesGraph() ? stage : 0, files, progress);
        }
        boolean good = from.isPresent() ? training.resume(from.get()) : training.train(stage, cut);
        learnt = training.learnt();
        return good;
    }

    private Recover training() {
        return Objects.requireNonNull(training);
    }

    /** Takes over what training has come to. */
    private Model endTraining() {
        try (var ended = training()) {
            training = null;
            diagnostics = diagnostics.and(ended.shortfalls(), ended.remarks());
            return ended.model();
        }
    }

    private Recover.Job job(Model cut, int stage) {
        boolean separate = cutter.changesGraph();
        var recovery = recipe.recovery().orElseThrow();
        // The last training is for the weights alone: no more scales have to tell anything.
        var after = separate && stage == stages - 1 ? recovery.withoutPenalty() : recovery;
        // Each training draws its samples in an order of its own.
        long order = !separate ? 0 : stage < lead ? cutter.steps() : stage - lead;
        var data = recipe.data().orElseThrow();
        return new Recover.Job(
                separate ? cut : uncut,
                new Recover.Teacher(
                        separate ? cutter.dense() : uncut, Provenance.sha256OfModel(recipe.model()), this::features),
                separate ? after.withoutPruning() : after,
                data.spec(),
                data.options(),
                recipe.settings().integer("seed").orElse(0L) + order,
                recipe.threads(),
                isMovementNeeded());
    }

    /** Says whether the criterion asks how training has moved weights. */
    private boolean isMovementNeeded() {
        return switch (recipe.cut()) {
            case Recipe.Fresh fresh -> fresh.request().criterion().needs().contains(Evidence.MOVEMENT);
            case Recipe.Structured cut -> cut.request().criterion().needs().contains(Evidence.MOVEMENT);
            case Recipe.FromPlan _, Recipe.Activations _, Recipe.Nothing _ -> false;
        };
    }

    /** Returns how values of the smaller model compare with the dense one's: channels with those that they were. */
    private List<Loss.Feature> features(List<String> names) {
        if (!(plan instanceof StructuredPlan removed)
                || recipe.cut().maskOnly()
                || removed.granularity().equals(Granularity.LAYER.label())) {
            return names.stream().map(Loss.Feature::whole).toList();
        }
        var groups = Groups.of(cutter.dense());
        var removal = StructuredCut.removal(groups, removed);
        return names.stream()
                .flatMap(name -> groups.left(name, removal).map(kept -> new Loss.Feature(name, kept)).stream())
                .toList();
    }

    /** Returns what every checkpoint of the stage keeps, beside what training itself needs. */
    private Map<String, String> notes() {
        var notes = new HashMap<>(
                Map.of(PLAN, Json.line(PlanFile.describe(plan)), DIAGNOSTICS, Json.line(diagnostics.describe())));
        cutSum.ifPresent(sum -> notes.put(CUT, sum));
        return notes;
    }

    /** Takes over the notes of the checkpoint that training goes on from, and returns the model that its stage trains. */
    private Model takenOver(Checkpoint from, int stage) {
        var place = Path.of("the checkpoint");
        plan = PlanFile.of(place, document(from, PLAN));
        diagnostics = Diagnostics.of(place, document(from, DIAGNOSTICS));
        cutSum = Optional.ofNullable(from.notes().get(CUT));
        if (cutSum.isEmpty()) {
            return uncut;
        }
        var file = place(directory.orElseThrow(), stage - lead).resolve(MODEL);
        if (!Files.exists(file) || !Provenance.sha256OfModel(file).equals(cutSum.get())) {
            throw new BadInputException(file + " has changed since it was written", ANEW);
        }
        return OnnxReader.read(file);
    }

    private static Map<?, ?> document(Checkpoint from, String name) {
        try {
            if (Json.read(from.notes().getOrDefault(name, "")) instanceof Map<?, ?> map) {
                return map;
            }
        } catch (IOException e) {
            throw new BadInputException("the checkpoint's " + name + " is malformed", ANEW, e);
        }
        throw new BadInputException("the checkpoint has no " + name, ANEW);
    }
}
