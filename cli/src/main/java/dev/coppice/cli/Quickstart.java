package dev.coppice.cli;

import dev.coppice.ir.UsageException;
import dev.coppice.ir.host.Parallel;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.pipeline.Pipeline;
import dev.coppice.pipeline.data.sample.SampleModel;
import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.spec.DataSpec;
import dev.coppice.pipeline.inspect.Inspection;
import dev.coppice.pipeline.measure.Benchmark;
import dev.coppice.pipeline.measure.Evaluation;
import dev.coppice.pipeline.measure.Evaluator;
import dev.coppice.pipeline.measure.FileSizes;
import dev.coppice.pipeline.measure.RandomInputs;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.recipe.Settings;
import dev.coppice.pipeline.report.HtmlReport;
import dev.coppice.pipeline.report.QualityCurve;
import dev.coppice.pipeline.report.Receipt;
import dev.coppice.pipeline.run.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Goes through the steps of the quickstart, each of which a user could have typed. */
final class Quickstart {

    private static final List<Double> SPARSITIES = List.of(0.5, 0.7, 0.8, 0.9, 0.95, 0.98);
    /** How much accuracy the chosen model may lose: one point. */
    private static final double TOLERANCE = 0.01;

    /** So many images that the arithmetic outweighs the call. */
    private static final String SHAPE = "pixels=256x64";

    /** Iterative pruning: a few steps, each with a few passes over the 1,438 training images. */
    static final int STEPS = 4;

    static final int EPOCHS = 5;

    private static final Duration LATENCY_BUDGET = Duration.ofSeconds(5);

    private final Path directory;
    private final Path dense;
    private final Console console;
    private final Progress progress;

    Quickstart(Path directory, Console console) {
        this.directory = directory;
        this.dense = directory.resolve("digits-mlp.onnx");
        this.console = console;
        this.progress = console.progress();
    }

    QuickstartResult run() {
        makeDirectory();
        OnnxWriter.write(SampleModel.read(), dense);
        console.say(() -> QuickstartText.opening(directory));

        var inspection = Inspection.of(dense);
        console.say(() -> QuickstartText.inspected(dense, inspection));

        var original = model(0, dense);
        var pruned = SPARSITIES.stream().map(this::prune).toList();
        console.say(() -> QuickstartText.pruned(original, pruned));

        var tuned = SPARSITIES.stream().map(this::tune).toList();
        console.say(() -> QuickstartText.tuned(original, tuned));

        var models = new QuickstartResult.Models(original, pruned, tuned, choose(original, tuned));
        var chosen = models.best();
        var benchmark = benchmark(chosen.file());
        console.say(() -> QuickstartText.benchmarked(benchmark, SHAPE));

        var receipt = Pipeline.run(finalRecipe(chosen), progress);
        var report = report(receipt, models);
        console.say(() -> QuickstartText.receipt(dense, chosen, runDirectory(), receipt));
        return new QuickstartResult(inspection, models, benchmark, receipt, report, runDirectory());
    }

    private void makeDirectory() {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UsageException("cannot make the directory " + directory, "choose another with --dir", e);
        }
    }

    private QuickstartResult.Measured prune(double sparsity) {
        var output = directory.resolve("digits-mlp-%d.onnx".formatted(Math.round(sparsity * 100)));
        Pipeline.run(Recipe.of(new Settings("", settings(sparsity, output))), progress);
        return model(sparsity, output);
    }

    private QuickstartResult.Measured tune(double sparsity) {
        var output = directory.resolve("digits-mlp-%d-tuned.onnx".formatted(Math.round(sparsity * 100)));
        Pipeline.run(Recipe.of(new Settings("", trainingSettings(sparsity, output))), progress);
        return model(sparsity, output);
    }

    private Map<String, Object> trainingSettings(double sparsity, Path output) {
        var settings = settings(sparsity, output);
        settings.put("data", new DataSpec.Digits().text());
        settings.put("schedule", "cubic");
        settings.put("steps", STEPS);
        settings.put("fine-tune", EPOCHS);
        return settings;
    }

    private Map<String, Object> settings(double sparsity, Path output) {
        var settings = new LinkedHashMap<String, Object>();
        settings.put("model", dense.toString());
        settings.put("output", output.toString());
        settings.put("sparsity", sparsity);
        settings.put("allocate", "global");
        return settings;
    }

    private QuickstartResult.Measured model(double sparsity, Path file) {
        var evaluation = Evaluation.of(file, new DataSpec.Digits(), DataOptions.defaults());
        return new QuickstartResult.Measured(
                sparsity, file, Evaluator.evaluate(evaluation, progress), FileSizes.gzipBytes(file, Parallel.ONE));
    }

    /** Returns the sparsest model that loses at most a point of accuracy; if all lose more, the one that is least sparse. */
    private static int choose(QuickstartResult.Measured original, List<QuickstartResult.Measured> pruned) {
        int chosen = 0;
        for (int i = 0; i < pruned.size(); i++) {
            if (pruned.get(i).quality().value() >= original.quality().value() - TOLERANCE) {
                chosen = i;
            }
        }
        return chosen;
    }

    private Benchmark.Result benchmark(Path pruned) {
        var options = Benchmark.Options.defaults().withBudget(LATENCY_BUDGET);
        return Benchmark.run(List.of(dense, pruned), RandomInputs.parseShapes(List.of(SHAPE)), 0, options, progress);
    }

    private Recipe finalRecipe(QuickstartResult.Measured chosen) {
        var settings = trainingSettings(chosen.sparsity(), chosen.file());
        settings.put("measure", true);
        settings.put("threads", 1);
        settings.put("run", runDirectory().toString());
        return Recipe.of(new Settings("", settings));
    }

    private Path runDirectory() {
        return directory.resolve("run");
    }

    private Path report(Receipt receipt, QuickstartResult.Models models) {
        var dense = models.dense();
        var curve = new QualityCurve(
                dense.quality().metric(),
                points(dense, models.tuned()),
                models.chosen() + 1,
                points(dense, models.pruned()));
        RunDirectory.at(directory).write("report.html", HtmlReport.of(receipt, Optional.of(curve)));
        return directory.resolve("report.html");
    }

    private static List<QualityCurve.Point> points(
            QuickstartResult.Measured original, List<QuickstartResult.Measured> models) {
        return Stream.concat(Stream.of(original), models.stream())
                .map(model ->
                        new QualityCurve.Point(model.sparsity(), model.quality().value()))
                .toList();
    }
}
