package dev.coppice.bench.ocr;

import dev.coppice.bench.results.CaseFile;
import dev.coppice.pipeline.Pipeline;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.recipe.Settings;
import dev.coppice.pipeline.report.Receipt;
import dev.coppice.pipeline.run.Provenance;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Prunes PP-OCRv4's recogniser through the library, with and without training, and counts the errors of its readings.
 *
 * <p>Arguments: folder of PP-OCR, folder of lines and models, file of results, threads, globs of case names. The property
 * {@code coppice.revision} names the sources that each result came from.
 */
public final class OcrExperiment {

    private static final Set<String> MEASURED = Set.of("parameters", "bytes", "latency-ms", "macs", "cosine");

    /** The first lines that were read wrongly, kept for people. */
    private static final int SHOWN = 5;

    private final Path model;
    private final Path folder;
    private final Path results;
    private final int threads;
    private final CtcDecoder decoder;
    private final List<String> texts;

    private OcrExperiment(Path ppocr, Path folder, Path results, int threads) throws IOException {
        this.model = ppocr.resolve("ch_PP-OCRv4_rec_infer.onnx");
        this.folder = folder;
        this.results = results;
        this.threads = threads;
        this.decoder = new CtcDecoder(ppocr.resolve("ppocr_keys_v1.txt"));
        this.texts = Files.readAllLines(folder.resolve("test.txt"));
    }

    public static void main(String[] arguments) throws IOException {
        var experiment = new OcrExperiment(
                Path.of(arguments[0]), Path.of(arguments[1]), Path.of(arguments[2]), Integer.parseInt(arguments[3]));
        var globs = List.of(arguments).subList(4, arguments.length);
        if (chosen(globs, "dense")) {
            experiment.dense();
        }
        for (var each : OcrCases.all().entrySet()) {
            if (chosen(globs, each.getKey())) {
                experiment.run(each.getKey(), each.getValue());
            }
        }
    }

    private static boolean chosen(List<String> globs, String name) {
        return globs.stream()
                .anyMatch(glob ->
                        FileSystems.getDefault().getPathMatcher("glob:" + glob).matches(Path.of(name)));
    }

    private void dense() throws IOException {
        var result = new LinkedHashMap<String, Object>();
        judge(model, result);
        keep("dense", result);
    }

    private void run(String name, Map<String, Object> own) throws IOException {
        var output = folder.resolve(name + ".onnx");
        Files.createDirectories(output.getParent());
        var settings = new LinkedHashMap<String, Object>();
        settings.put("model", model.toString());
        settings.put("output", output.toString());
        settings.put("threads", threads);
        settings.put("measure", true);
        if (own.containsKey("distill") || own.containsKey("repair") || "wanda".equals(own.get("criterion"))) {
            settings.put("data", "npz:" + folder.resolve("train.npz"));
            settings.put("test-data", "npz:" + folder.resolve("sample.npz"));
        }
        settings.putAll(own);
        long began = System.nanoTime();
        var receipt = Pipeline.run(Recipe.of(new Settings("", settings)), Progress.NONE);
        var result = new LinkedHashMap<String, Object>();
        result.put("seconds", (System.nanoTime() - began) / 1e9);
        judge(output, result);
        result.putAll(figures(receipt));
        result.put("notes", receipt.notes());
        result.put("settings", settings);
        keep(name, result);
    }

    private void judge(Path file, Map<String, Object> result) {
        var errors = ErrorRate.of(file, folder.resolve("test.npz"), texts, decoder, threads);
        result.put("cer", errors.characters());
        result.put("cer-without-spaces", errors.withoutSpaces());
        result.put("line-error-rate", errors.lines());
        result.put("lines", texts.size());
        var wrong = new ArrayList<String>();
        for (int i = 0; i < texts.size() && wrong.size() < SHOWN; i++) {
            if (!texts.get(i).equals(errors.readings().get(i))) {
                wrong.add(texts.get(i) + " -> " + errors.readings().get(i));
            }
        }
        result.put("errors", wrong);
        System.out.printf(
                "%-40s CER %.4f (%.4f without spaces), lines with errors %.4f%n",
                file.getFileName(), errors.characters(), errors.withoutSpaces(), errors.lines());
        wrong.forEach(line -> System.out.println("    " + line));
    }

    private static Map<String, Object> figures(Receipt receipt) {
        var figures = new LinkedHashMap<String, Object>();
        for (var measurement : receipt.measurements()) {
            if (MEASURED.contains(measurement.name())) {
                figures.put(measurement.name(), measurement.after());
                figures.put(measurement.name() + "-ratio", measurement.after() / measurement.before());
            }
        }
        return figures;
    }

    private void keep(String name, Map<String, Object> result) throws IOException {
        result.put("at", Instant.now().toString());
        result.put("revision", System.getProperty("coppice.revision", "unknown"));
        var files = new LinkedHashMap<String, Object>();
        files.put("model-sha256", Provenance.sha256(model));
        files.put("test-data-sha256", Provenance.sha256(folder.resolve("test.npz")));
        files.put("training-data-sha256", Provenance.sha256(folder.resolve("train.npz")));
        new CaseFile(results, threads).keep(name, result, files);
    }
}
