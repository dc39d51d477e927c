package dev.coppice.pipeline.cut;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.Model;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.pipeline.evidence.ActivationEvidence;
import dev.coppice.pipeline.evidence.EvidenceFile;
import dev.coppice.pipeline.gather.WeightFolding;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.recover.Recover;
import dev.coppice.pipeline.recover.Recovery;
import dev.coppice.pipeline.run.Provenance;
import dev.coppice.pipeline.run.RunDirectory;
import dev.coppice.pipeline.run.Seal;
import dev.coppice.prune.group.Groups;
import dev.coppice.prune.score.Findings;
import dev.coppice.prune.structure.Granularity;
import dev.coppice.prune.structure.StructuredPlan;
import dev.coppice.train.Loss;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Removes structure in the steps of a recipe, with training after each: every step trains the smaller model, with the dense one as the
 * teacher where there is one. With a run directory each step keeps its cut model, its checkpoints and its result.
 */
public final class IterativeStructure {

    private static final String PLAN = "plan.json";
    private static final String CUT = "cut.onnx";
    private static final String SAID = "said.json";
    private static final String TRAINED = "trained.onnx";
    private static final String SAID_AFTER = "said-after.json"; // training
    private static final String LEARNT = "learnt.safetensors";

    private final Recipe recipe;
    private final Cutter cutter;
    private final int steps;
    private final Model dense;
    private final Seal seal;
    private final Optional<RunDirectory> directory;
    private final boolean resume;
    private final Progress progress;
    private final List<StructuredPlan> plans = new ArrayList<>();
    private Said said = Said.NOTHING;
    private Findings learnt = Findings.NONE; // since the step before

    /** Cuts a model further, step by step counted from 0. */
    @FunctionalInterface
    interface Cutter {

        /**
         * Returns what a step makes of a model.
         *
         * @param learnt what the training after the step before tells about weights
         */
        StructuredCut.Result cut(Model current, int step, Findings learnt);
    }

    private IterativeStructure(
            Recipe recipe,
            Cutter cutter,
            int steps,
            Model dense,
            Optional<RunDirectory> directory,
            boolean resume,
            Progress progress) {
        this.recipe = recipe;
        this.cutter = cutter;
        this.steps = steps;
        this.dense = dense;
        this.seal = new Seal(recipe);
        this.directory = directory;
        this.resume = resume;
        this.progress = progress;
    }

    /** Says whether a recipe removes structure. */
    public static boolean isAskedFor(Recipe recipe) {
        return recipe.cut() instanceof Recipe.Structured
                || (recipe.cut() instanceof Recipe.FromPlan(Path file, var _) && StructurePlanFile.isOne(file));
    }

    /** Cuts and trains as a recipe that {@linkplain #isAskedFor removes structure} says. */
    public static Pruned run(
            Model read, Recipe recipe, Optional<RunDirectory> directory, boolean resume, Progress progress) {
        var dense = WeightFolding.fold(read);
        var uncut = SparseTraining.isAskedFor(recipe) ? SparseTraining.scaled(dense) : dense;
        if (recipe.cut() instanceof Recipe.FromPlan(Path file, boolean maskOnly)) {
            var plan = StructurePlanFile.read(file);
            Cutter cutter = (current, _, _) -> StructuredCut.apply(current, plan, maskOnly, recipe, progress);
            return new IterativeStructure(recipe, cutter, 1, dense, directory, resume, progress).run(uncut);
        }
        var cut = (Recipe.Structured) recipe.cut();
        var wanted = new StructureSteps(uncut, cut);
        Cutter cutter = (current, step, learnt) ->
                StructuredCut.run(uncut, current, recipe, cut, wanted.request(step), learnt, progress);
        return new IterativeStructure(recipe, cutter, cut.steps().number(), dense, directory, resume, progress)
                .run(uncut);
    }

    /** @param uncut the dense model, with scales where training is to find out about channels */
    private Pruned run(Model uncut) {
        if (!resume) {
            directory.ifPresent(in -> forgetSteps(in.path()));
        }
        boolean sparse = SparseTraining.isAskedFor(recipe);
        var current = sparse ? sparse(uncut) : uncut;
        for (int step = 0; step < steps; step++) {
            current = step(current, step);
        }
        return Pruned.ofStructure(
                        dense,
                        sparse ? SparseTraining.folded(current) : current,
                        total(),
                        said.blocked(),
                        said.shortfalls())
                .withRemarks(said.remarks());
    }

    /** Trains the uncut model until its scales tell which channels it can do without. */
    private Model sparse(Model scaled) {
        var kept = directory.map(to -> RunDirectory.at(to.path().resolve("sparse")));
        var place = kept.map(RunDirectory::path);
        if (resume && place.filter(Seal::isOn).isPresent()) {
            seal.verify(place.get());
            said = Said.of(place.get().resolve(SAID_AFTER));
            return OnnxReader.read(place.get().resolve(TRAINED));
        }
        place.ifPresent(Seal::remove);
        var model = train(scaled, recipe.recovery().orElseThrow(), steps, place, resume);
        kept.ifPresent(to -> keepTrained(to, model, List.of()));
        return model;
    }

    /** Forgets the steps of an earlier run: resuming this one would take for its own those that it has not come to yet. */
    private static void forgetSteps(Path directory) {
        try (var files = Files.list(directory)) {
            files.filter(step -> step.getFileName().toString().matches("step-\\d+"))
                    .forEach(Seal::remove);
        } catch (IOException e) {
            throw new BadInputException("cannot list " + directory + ": " + e.getMessage(), "check its permissions", e);
        }
    }

    private Model step(Model current, int step) {
        var place = directory.map(to -> to.path().resolve("step-" + (step + 1)));
        boolean known = resume && place.map(Seal::isOn).orElse(false);
        Model smaller;
        if (known) {
            var from = place.orElseThrow();
            var sealed = seal.verify(from);
            plans.add(StructurePlanFile.read(from.resolve(PLAN)));
            if (sealed.contains(TRAINED)) {
                said = Said.of(from.resolve(SAID_AFTER));
                learnt = remembered(from);
                return OnnxReader.read(from.resolve(TRAINED));
            }
            said = Said.of(from.resolve(SAID));
            smaller = OnnxReader.read(from.resolve(CUT));
        } else {
            var result = cutter.cut(current, step, learnt);
            plans.add(result.plan());
            // What is out of reach on the way is said by the last step, if it still is.
            var shortfalls = step == steps - 1 ? result.shortfalls() : List.<String>of();
            said = said.and(shortfalls, result.remarks()).withBlocked(result.blocked());
            smaller = result.model();
            place.ifPresent(to -> keep(to, smaller, result.plan()));
        }
        if (recipe.recovery().isEmpty()) {
            return smaller;
        }
        if (hasNothingToRepair(recipe, plans.stream().allMatch(StructuredPlan::isEmpty))) {
            if (step == steps - 1) {
                said = said.and(List.of(), List.of("training was left out: nothing was removed that it could repair"));
            }
            return smaller;
        }
        var recovery = recipe.recovery().get();
        // The last training is for the weights alone: no more scales have to tell anything.
        var after = step == steps - 1 ? recovery.withoutPenalty() : recovery;
        var trained = train(smaller, after, step, place, known);
        place.ifPresent(to -> keepTrained(RunDirectory.at(to), trained, List.of(CUT, SAID, PLAN)));
        return trained;
    }

    /** Says whether training would only cost time, and quality: structure was to be removed, and none could be. */
    public static boolean hasNothingToRepair(Recipe recipe, boolean removedNothing) {
        return removedNothing
                && recipe.cut() instanceof Recipe.Structured cut
                && !cut.request().isForNothing()
                && !SparseTraining.isAskedFor(recipe);
    }

    /** Keeps what training has come to, beside the files of before. */
    private void keepTrained(RunDirectory to, Model trained, List<String> before) {
        var files = new ArrayList<>(before);
        if (IterativeCut.isMovementNeeded(recipe)) {
            EvidenceFile.write(
                    to.path().resolve(LEARNT), seal.fingerprint(), new ActivationEvidence.Found(learnt, Map.of()));
            files.add(LEARNT);
        }
        to.json(SAID_AFTER, said.describe());
        OnnxWriter.write(trained, to.path().resolve(TRAINED));
        files.addAll(List.of(SAID_AFTER, TRAINED));
        seal.close(to, files);
    }

    private Findings remembered(Path place) {
        return EvidenceFile.read(place.resolve(LEARNT), seal.fingerprint())
                .map(ActivationEvidence.Found::findings)
                .orElse(Findings.NONE);
    }

    private void keep(Path place, Model smaller, StructuredPlan plan) {
        var to = RunDirectory.at(place);
        Seal.remove(place);
        OnnxWriter.write(smaller, place.resolve(CUT));
        to.json(SAID, said.describe());
        to.json(PLAN, StructurePlanFile.describe(plan));
        seal.close(to, List.of(CUT, SAID, PLAN));
    }

    private Model train(Model smaller, Recovery recovery, int number, Optional<Path> place, boolean within) {
        var data = recipe.data().orElseThrow();
        var recovered = Recover.run(
                new Recover.Job(
                        smaller,
                        new Recover.Teacher(
                                Optional.of(dense), Provenance.sha256OfModel(recipe.model()), this::features),
                        (model, _, _) -> model,
                        recovery.withoutPruning(),
                        data.spec(),
                        data.options(),
                        recipe.settings().integer("seed").orElse(0L) + number,
                        recipe.threads(),
                        place,
                        within,
                        seal.fingerprint(),
                        IterativeCut.isMovementNeeded(recipe)),
                progress);
        said = said.and(recovered.shortfalls(), recovered.remarks());
        learnt = recovered.learnt();
        return recovered.model();
    }

    /** Returns how values of the smaller model compare with the dense one's: channels with those that they were. */
    private List<Loss.Feature> features(List<String> names) {
        if (plans.isEmpty()
                || recipe.cut().maskOnly()
                || plans.getFirst().granularity().equals(Granularity.LAYER.label())) {
            return names.stream().map(Loss.Feature::whole).toList();
        }
        var groups = Groups.of(dense);
        var removal = StructuredCut.removal(groups, total());
        return names.stream()
                .flatMap(name -> groups.left(name, removal).map(kept -> new Loss.Feature(name, kept)).stream())
                .toList();
    }

    /** Returns one plan of all steps: the numbers of units are those of the dense model. */
    private StructuredPlan total() {
        var first = plans.getFirst();
        var left = new HashMap<String, List<Integer>>();
        for (var plan : plans) {
            for (var entry : plan.entries()) {
                var units = left.computeIfAbsent(
                        entry.name(),
                        _ -> IntStream.range(0, entry.width()).boxed().toList());
                left.put(
                        entry.name(),
                        IntStream.range(0, units.size())
                                .filter(unit -> !entry.removed().contains(unit))
                                .mapToObj(units::get)
                                .toList());
            }
        }
        var entries = new ArrayList<StructuredPlan.Entry>();
        for (var entry : first.entries()) {
            var kept = left.getOrDefault(entry.name(), List.of());
            entries.add(new StructuredPlan.Entry(
                    entry.name(),
                    entry.node(),
                    entry.kind(),
                    entry.width(),
                    IntStream.range(0, entry.width())
                            .filter(unit -> !kept.contains(unit))
                            .boxed()
                            .toList()));
        }
        return new StructuredPlan(first.criterion(), first.granularity(), first.allocate(), first.seed(), entries);
    }
}
