package dev.coppice.pipeline;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Model;
import dev.coppice.ir.file.Outputs;
import dev.coppice.ir.host.Parallel;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.pipeline.cut.Finished;
import dev.coppice.pipeline.cut.PlanFile;
import dev.coppice.pipeline.cut.Pruned;
import dev.coppice.pipeline.cut.PruningLoop;
import dev.coppice.pipeline.data.ModelInputs;
import dev.coppice.pipeline.inspect.InspectionReport;
import dev.coppice.pipeline.measure.CostAccount;
import dev.coppice.pipeline.measure.CustomaryShapes;
import dev.coppice.pipeline.measure.FileSizes;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.receipt.Measurements;
import dev.coppice.pipeline.receipt.ReceiptMaker;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.recover.StoppedException;
import dev.coppice.pipeline.report.HtmlReport;
import dev.coppice.pipeline.report.Json;
import dev.coppice.pipeline.report.Receipt;
import dev.coppice.pipeline.report.ReceiptText;
import dev.coppice.pipeline.run.Inputs;
import dev.coppice.pipeline.run.Provenance;
import dev.coppice.pipeline.run.RunDirectory;
import dev.coppice.prune.ActivationPlan;
import dev.coppice.prune.WeightPlan;
import dev.coppice.prune.quantize.QuantizedWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Runs recipes: read, decide, cut, write, measure, report. */
public final class Pipeline {

    private Pipeline() {}

    /**
     * Runs a recipe from its beginning and writes its output and, where asked for, its run directory.
     *
     * @throws dev.coppice.ir.BadModelException when the model cannot be used
     * @throws dev.coppice.ir.BadInputException when the data, plan or recipe cannot be used
     * @throws dev.coppice.ir.UsageException when what is asked for makes no sense
     */
    public static Receipt run(Recipe recipe, Progress progress) {
        return run(recipe, false, progress);
    }

    /**
     * Says how far a recipe's run is in its run directory.
     *
     * @throws dev.coppice.ir.UsageException when another run is there
     */
    public static RunDirectory.State state(Recipe recipe) {
        return recipe.run()
                .map(directory -> RunDirectory.state(directory, recipe.describe()))
                .orElse(RunDirectory.State.NEW);
    }

    /** Runs a recipe from where its run directory says that it was left; errors as for {@link #run}. */
    public static Receipt resume(Recipe recipe, Progress progress) {
        return run(recipe, true, progress);
    }

    /** Throws {@link dev.coppice.ir.UsageException} when a recipe would write over a file that it reads; as {@link #run} does, too. */
    public static void requireInputsKept(Recipe recipe) {
        new Inputs(recipe, OnnxReader.read(recipe.model())).requireKept();
    }

    private static Receipt run(Recipe recipe, boolean resume, Progress progress) {
        Outputs.requireWritable(recipe.output());
        progress.begin("read");
        var model = OnnxReader.read(recipe.model());
        new Inputs(recipe, model).requireKept();
        CustomaryShapes.requireInputs(ModelInputs.of(model), recipe.shapes());
        requireFloat(model, recipe);
        var beside = new Parallel(recipe.threads()).beside();
        // Only the receipt needs these; the cores are not all busy yet.
        var sizes = CompletableFuture.supplyAsync(() -> CostAccount.customarySizes(model, recipe.shapes()), beside);
        long bytes = FileSizes.bytes(recipe.model(), model);
        var provenance = recipe.run().map(_ -> provenance(recipe));
        // Before anything is written: data that cannot be used must leave no output behind.
        var quality = recipe.judge().map(data -> Measurements.quality(recipe.model(), recipe, data, progress));
        var directory = recipe.run().map(RunDirectory::at);
        try (var _ = directory.map(RunDirectory::hold).orElse(null)) {
            progress.begin("prune");
            var cut = finished(model, recipe, resume, progress);
            progress.begin("write");
            var maker = new ReceiptMaker(recipe, cut, sizes);
            var counting = CompletableFuture.runAsync(maker::count, beside);
            return write(recipe, cut, counting, written -> {
                var known = new ReceiptMaker.Known(bytes, FileSizes.bytes(written), quality);
                var receipt = maker.make(counting, known, progress);
                directory.ifPresent(to -> leave(to, recipe, cut, receipt, provenance.orElseThrow()));
                return receipt;
            });
        }
    }

    /** Writes the output, and removes it where the rest of the run fails, unless it has taken the place of another. */
    private static Receipt write(
            Recipe recipe, Finished cut, CompletableFuture<Void> counting, Function<List<Path>, Receipt> rest) {
        boolean replaces = Files.exists(recipe.output());
        if (replaces) {
            // What fails from here on would cost the file that is there.
            ReceiptMaker.await(counting);
        }
        var written = OnnxWriter.write(cut.result(), recipe.output());
        try {
            return rest.apply(written);
        } catch (RuntimeException | Error e) {
            if (!replaces) {
                remove(written, e);
            }
            throw e;
        }
    }

    /** Returns what a recipe makes of a model, trained and in its final precision. */
    private static Finished finished(Model model, Recipe recipe, boolean resume, Progress progress) {
        var pruned = pruned(model, recipe, resume, progress);
        return Finished.of(
                model.origins().isReordered() ? pruned.withRemark(InspectionReport.REORDERED) : pruned,
                recipe,
                progress);
    }

    private static Pruned pruned(Model model, Recipe recipe, boolean resume, Progress progress) {
        if (recipe.recovery().isEmpty() && !structureInSteps(recipe)) {
            return PruningLoop.run(model, recipe, progress);
        }
        // The run directory has from the start what it takes to go on after an interruption.
        var directory = recipe.run().map(RunDirectory::at);
        directory.ifPresent(to -> to.recipe(recipe.describe()));
        try {
            return PruningLoop.run(model, recipe, directory, resume, progress);
        } catch (StoppedException e) {
            throw recipe.run()
                    .map(run -> StoppedException.resumable(String.valueOf(e.getMessage()), run))
                    .orElse(e);
        }
    }

    /** Removes an output of which the rest of the run has failed. */
    private static void remove(List<Path> written, Throwable failure) {
        for (var file : written) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                failure.addSuppressed(e);
            }
        }
    }

    /** Weights that are integers already can be neither ranked well nor trained. */
    private static void requireFloat(Model model, Recipe recipe) {
        if (recipe.cut() instanceof Recipe.Nothing && recipe.recovery().isEmpty()) {
            return;
        }
        var quantized = QuantizedWeights.of(model.graph()).weights();
        if (!quantized.isEmpty()) {
            throw new BadModelException(
                    "%s is quantized: %d of its layers have integer weights, the first is %s"
                            .formatted(
                                    recipe.model(),
                                    quantized.size(),
                                    quantized.getFirst().node().label()),
                    "prune or train the float model first, and make the result int8: coppice prune FLOAT -o OUT ..."
                            + " --int8 dynamic");
        }
    }

    private static boolean structureInSteps(Recipe recipe) {
        return recipe.cut() instanceof Recipe.Structured structured
                && structured.steps().number() > 1;
    }

    private static Map<String, Object> provenance(Recipe recipe) {
        var provenance = Provenance.here(recipe.threads());
        provenance.put("model-sha256", Provenance.sha256(recipe.model()));
        return provenance;
    }

    private static void leave(
            RunDirectory directory, Recipe recipe, Finished cut, Receipt receipt, Map<String, Object> provenance) {
        directory.recipe(recipe.describe());
        var plan = cut.pruned().plan();
        boolean ofActivations = plan instanceof ActivationPlan;
        directory.json("plan.json", PlanFile.describe(ofActivations ? WeightPlan.NOTHING : plan));
        if (ofActivations) {
            directory.json("activations.json", PlanFile.describe(plan));
        }
        provenance.put("output-sha256", Provenance.sha256(recipe.output()));
        directory.json("provenance.json", provenance);
        directory.write("receipt.txt", ReceiptText.of(receipt));
        directory.write("report.html", HtmlReport.of(receipt));
        directory.write("receipt.json", Json.write(receipt.describe())); // last: by it a run is finished
    }
}
