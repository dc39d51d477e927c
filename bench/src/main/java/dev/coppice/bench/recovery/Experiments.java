package dev.coppice.bench.recovery;

import static dev.coppice.bench.recovery.Case.with;

import dev.coppice.bench.results.CaseFile;
import dev.coppice.ir.host.Parallel;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.pipeline.Pipeline;
import dev.coppice.pipeline.arch.Architecture;
import dev.coppice.pipeline.measure.Evaluation;
import dev.coppice.pipeline.measure.Evaluator;
import dev.coppice.pipeline.measure.WeightCounts;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.recipe.RecipeFile;
import dev.coppice.pipeline.recipe.Settings;
import dev.coppice.pipeline.report.Receipt;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs cases through the library and keeps their figures. A case that was interrupted goes on from its last checkpoint, beside
 * its model, when it is run again with the same settings.
 *
 * <p>Arguments: data folder, shared folder, folder for models, file of results, threads, globs of case names.
 */
public final class Experiments {

    private static final List<String> MEASURED = List.of("bytes", "latency-ms", "macs");

    private final Path models;
    private final Path results;
    private final int threads;

    private Experiments(Path models, Path results, int threads) {
        this.models = models;
        this.results = results;
        this.threads = threads;
    }

    public static void main(String[] arguments) throws IOException {
        var data = Path.of(arguments[0]);
        var shared = Path.of(arguments[1]);
        var models = Path.of(arguments[2]);
        var experiments = new Experiments(models, Path.of(arguments[3]), Integer.parseInt(arguments[4]));
        var globs = List.of(arguments).subList(5, arguments.length);
        var cases = new ArrayList<>(LenetCases.all(data, models));
        cases.addAll(RetrainingCases.all(data, models));
        cases.addAll(PretrainedCases.all(data, shared));
        cases.addAll(StructuredCases.all(data, shared));
        for (var each : cases) {
            if (globs.stream().anyMatch(glob -> matches(glob, each.name()))) {
                experiments.run(each);
            }
        }
    }

    private static boolean matches(String glob, String name) {
        return FileSystems.getDefault().getPathMatcher("glob:" + glob).matches(Path.of(name));
    }

    private void run(Case each) throws IOException {
        var settings = new LinkedHashMap<>(each.settings());
        var architecture = settings.remove("new");
        var output = models.resolve(each.name() + ".onnx");
        Files.createDirectories(output.getParent());
        if (architecture != null) {
            make(architecture.toString(), Path.of(text(settings, "model")), settings);
        }
        settings.put("output", output.toString());
        settings.put("threads", threads);
        settings.put("test-data", each.test().get("data"));
        if (!settings.containsKey("data")) {
            settings.remove("test-data");
        }
        var directory = models.resolve(each.name() + ".run");
        boolean begun = isBegun(directory, settings);
        long began = System.nanoTime();
        var receipt = run(with(settings, "run", directory.toString()), begun);
        double seconds = (System.nanoTime() - began) / 1e9;
        forget(directory);
        var judged = Recipe.data(new Settings("", each.test())).orElseThrow();
        var quality = Evaluator.evaluate(
                Evaluation.of(output, judged.spec(), judged.options()).withThreads(threads), Progress.NONE);
        var totals = new WeightCounts(Parallel.ofProcessors()).of(OnnxReader.read(output));
        var result = new LinkedHashMap<String, Object>();
        result.put("metric", quality.metric());
        result.put("value", quality.value());
        result.put("target", each.target());
        result.put("parameters", totals.parameters());
        result.put("non-zeros", totals.nonZeros());
        for (var measurement : receipt.measurements()) {
            if (each.settings().containsKey("measure") && MEASURED.contains(measurement.name())) {
                result.put(measurement.name(), measurement.after());
                result.put(measurement.name() + "-ratio", measurement.after() / measurement.before());
            }
        }
        if (!begun) {
            result.put("seconds", seconds);
        }
        result.put("at", Instant.now().toString());
        result.put("settings", settings);
        new CaseFile(results, threads).keep(each.name(), result, Map.of());
        System.out.printf("%-40s %s %.4f (%.0f s)%n", each.name(), quality.metric(), quality.value(), seconds);
    }

    private static Receipt run(Map<String, Object> settings, boolean begun) {
        var recipe = Recipe.of(new Settings("", settings));
        return begun ? Pipeline.resume(recipe, Progress.NONE) : Pipeline.run(recipe, Progress.NONE);
    }

    /** Says whether an interrupted run of the same settings is there. */
    private static boolean isBegun(Path directory, Map<String, Object> settings) throws IOException {
        var file = directory.resolve("settings.yaml");
        var asked = RecipeFile.yaml(settings);
        if (Files.exists(directory.resolve("recipe.yaml"))
                && Files.exists(file)
                && Files.readString(file).equals(asked)) {
            return true;
        }
        forget(directory);
        Files.createDirectories(directory);
        Files.writeString(file, asked);
        return false;
    }

    private static void forget(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (var files = Files.walk(directory)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static String text(Map<String, Object> settings, String name) {
        return String.valueOf(settings.get(name));
    }

    private static void make(String architecture, Path file, Map<String, Object> settings) throws IOException {
        var chosen = Architecture.parse(architecture);
        Files.createDirectories(file.getParent());
        long seed = Long.parseLong(text(settings, "seed"));
        OnnxWriter.write(chosen.build(chosen.defaultInput(), 10, seed), file);
    }
}
