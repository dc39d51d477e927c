package dev.coppice.cli;

import dev.coppice.ir.UsageException;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.pipeline.Inspection;
import dev.coppice.pipeline.Pipeline;
import dev.coppice.pipeline.Recipe;
import dev.coppice.pipeline.RunDirectory;
import dev.coppice.pipeline.Settings;
import dev.coppice.pipeline.data.DataOptions;
import dev.coppice.pipeline.data.DataSpec;
import dev.coppice.pipeline.data.SampleModel;
import dev.coppice.pipeline.measure.Benchmark;
import dev.coppice.pipeline.measure.Evaluation;
import dev.coppice.pipeline.measure.Evaluator;
import dev.coppice.pipeline.measure.FileSizes;
import dev.coppice.pipeline.measure.RandomInputs;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.report.HtmlReport;
import dev.coppice.pipeline.report.QualityCurve;
import dev.coppice.pipeline.report.Receipt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Goes through the steps of the quickstart, each of which a user could have typed. */
final class Quickstart {

    private static final List<Double> SPARSITIES = List.of(0.5, 0.7, 0.8, 0.9, 0.95);
    /** How much accuracy the chosen model may lose: one point. */
    private static final double TOLERANCE = 0.01;

    /** So many images that the arithmetic outweighs the call. */
    private static final String SHAPE = "pixels=256x64";

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

        int chosen = choose(original, pruned);
        var benchmark = benchmark(pruned.get(chosen).file());
        console.say(() -> QuickstartText.benchmarked(benchmark, SHAPE));

        var receipt = Pipeline.run(finalRecipe(pruned.get(chosen)), progress);
        var report = report(receipt, original, pruned, chosen);
        console.say(() -> QuickstartText.receipt(dense, pruned.get(chosen), runDirectory(), receipt));
        return new QuickstartResult(inspection, original, pruned, chosen, benchmark, receipt, report, runDirectory());
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
                sparsity, file, Evaluator.evaluate(evaluation, progress), FileSizes.gzipBytes(file));
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
        var settings = settings(chosen.sparsity(), chosen.file());
        settings.put("data", new DataSpec.Digits().text());
        settings.put("measure", true);
        settings.put("threads", 1);
        settings.put("run", runDirectory().toString());
        return Recipe.of(new Settings("", settings));
    }

    private Path runDirectory() {
        return directory.resolve("run");
    }

    private Path report(
            Receipt receipt, QuickstartResult.Measured original, List<QuickstartResult.Measured> pruned, int chosen) {
        var points = new ArrayList<QualityCurve.Point>();
        Stream.concat(Stream.of(original), pruned.stream())
                .map(model ->
                        new QualityCurve.Point(model.sparsity(), model.quality().value()))
                .forEach(points::add);
        var curve = new QualityCurve(original.quality().metric(), points, chosen + 1);
        RunDirectory.at(directory).write("report.html", HtmlReport.of(receipt, Optional.of(curve)));
        return directory.resolve("report.html");
    }
}
