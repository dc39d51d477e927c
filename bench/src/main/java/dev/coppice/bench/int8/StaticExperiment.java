package dev.coppice.bench.int8;

import dev.coppice.bench.results.CaseFile;
import dev.coppice.ir.Model;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.pipeline.evidence.RangeMethod;
import dev.coppice.pipeline.measure.Benchmark;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.quantize.MaxDrop;
import dev.coppice.pipeline.quantize.StaticQuantization;
import dev.coppice.pipeline.run.Provenance;
import dev.coppice.prune.Selection;
import dev.coppice.prune.quantize.Int8Range;
import dev.coppice.prune.quantize.Quantization;
import dev.coppice.prune.quantize.Quantizer;
import dev.coppice.prune.quantize.StaticInt8;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Quantizes models with each way of calibration, judges them on data that calibration has not seen, and times them beside the float model.
 *
 * <p>Arguments: folder of data, folder of shared models, folder to write models to, file of results, threads, globs over
 * {@code MODEL/float}, {@code MODEL/minmax}, {@code MODEL/percentile}, {@code MODEL/mse}, {@code MODEL/max-drop} and
 * {@code MODEL/latency-WAY}.
 */
public final class StaticExperiment {

    /** In the measure of the data: the cosine of the outputs where it has no labels. */
    private static final double MAX_DROP = 0.01;

    private static final long SEARCH_SAMPLES = 16;

    private final Path folder;
    private final Path results;
    private final int threads;
    private final List<String> globs;

    private StaticExperiment(Path folder, Path results, int threads, List<String> globs) {
        this.folder = folder;
        this.results = results;
        this.threads = threads;
        this.globs = globs;
    }

    public static void main(String[] arguments) throws IOException {
        var experiment = new StaticExperiment(
                Path.of(arguments[2]),
                Path.of(arguments[3]),
                Integer.parseInt(arguments[4]),
                List.of(arguments).subList(5, arguments.length));
        Files.createDirectories(experiment.folder);
        for (var each : StaticCase.all(Path.of(arguments[0]), Path.of(arguments[1]))) {
            experiment.run(each);
        }
    }

    private void run(StaticCase each) throws IOException {
        if (chosen(each.name() + "/float")) {
            keep(each, "float", new LinkedHashMap<>(each.judge().judge(each.model(), threads)));
        }
        for (var method : RangeMethod.values()) {
            run(each, method.toString(), model -> quantizer(each, model, method).quantize(Map.of()));
        }
        run(each, "max-drop", model -> searched(each, model));
    }

    /** Makes a model int8 in some way, and times it, where the globs say so. */
    private void run(StaticCase each, String way, Function<Model, Quantization> quantization) throws IOException {
        var file = folder.resolve(each.name() + "-" + way + ".onnx");
        if (chosen(each.name() + "/" + way)) {
            keep(each, way, quantized(each, file, quantization));
        }
        if (chosen(each.name() + "/latency-" + way) && Files.exists(file)) {
            keep(each, "latency-" + way, latency(each, file));
        }
    }

    private Quantizer quantizer(StaticCase each, Model model, RangeMethod method) {
        var request = new StaticInt8.Request(Selection.ALL, Int8Range.FULL);
        var data = each.calibration().apply(model);
        return StaticQuantization.calibrate(model, request, data, method, threads, Progress.NONE);
    }

    /** Leaves in float what it takes for the outputs to stay as they were, but for {@link #MAX_DROP}. */
    private Quantization searched(StaticCase each, Model model) {
        var data = each.calibration().apply(model);
        var options = data.options().withLimit(SEARCH_SAMPLES);
        var quantizer = quantizer(each, model, RangeMethod.PERCENTILE);
        return new MaxDrop(model, quantizer, MAX_DROP, data.spec(), options, threads, Progress.NONE)
                .search()
                .quantization();
    }

    private Map<String, Object> quantized(StaticCase each, Path file, Function<Model, Quantization> way)
            throws IOException {
        long began = System.nanoTime();
        var quantization = way.apply(OnnxReader.read(each.model()));
        OnnxWriter.write(quantization.model(), file);
        var result = new LinkedHashMap<String, Object>();
        result.put("seconds", (System.nanoTime() - began) / 1e9);
        result.put("layers", quantization.layers().size());
        result.put("layers-in-float", quantization.inFloat().size());
        result.put("bytes", Files.size(file));
        result.put("bytes-float", Files.size(each.model()));
        result.putAll(each.judge().judge(file, threads));
        return result;
    }

    private Map<String, Object> latency(StaticCase each, Path file) {
        var measured = Benchmark.run(
                List.of(each.model(), file), each.sizes(), 1, Benchmark.Options.defaults(), Progress.NONE);
        var result = new LinkedHashMap<String, Object>();
        result.put("ms-float", measured.timings().getFirst().medianMillis());
        result.put("ms-int8", measured.timings().getLast().medianMillis());
        result.put("speedup", measured.timings().getLast().speedup());
        result.put("rounds", measured.rounds());
        result.put("shapes", measured.inputShapes());
        result.put("runtime", measured.runtime());
        return result;
    }

    private boolean chosen(String name) {
        return globs.stream()
                .anyMatch(glob ->
                        FileSystems.getDefault().getPathMatcher("glob:" + glob).matches(Path.of(name)));
    }

    private void keep(StaticCase each, String kind, Map<String, Object> result) throws IOException {
        System.out.println(each.name() + "/" + kind + " " + result);
        result.put("at", Instant.now().toString());
        result.put("revision", System.getProperty("coppice.revision", "unknown"));
        result.put("model-sha256", Provenance.sha256(each.model()));
        new CaseFile(results, threads).keep(each.name() + "/" + kind, result, Map.of());
    }
}
