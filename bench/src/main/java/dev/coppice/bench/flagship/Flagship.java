package dev.coppice.bench.flagship;

import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.ir.rules.SplitLayerNorm;
import dev.coppice.pipeline.Pipeline;
import dev.coppice.pipeline.measure.Benchmark;
import dev.coppice.pipeline.measure.Evaluation;
import dev.coppice.pipeline.measure.Evaluator;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.recipe.Settings;
import dev.coppice.pipeline.report.Json;
import dev.coppice.pipeline.run.Provenance;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes each cut of MiniLM int8 and measures all of them: Spearman on STS-B test, bytes, latency in one process, interleaved.
 *
 * <p>Arguments: data folder, shared folder, folder of trained models, folder for int8 models, file of results, rounds. A model in int8 by
 * ONNX Runtime's own quantizer, {@code peer.onnx} in the folder for int8 models, is measured beside ours where it is there. The quality of a file that the results
 * know by its hash is not measured again.
 */
public final class Flagship {

    private static final List<String> CUTS = List.of("dense", "768-9", "512-8", "global-768-9", "global-512-8");

    /** Sizes of the inputs: one sentence of 128 tokens, and a batch of short ones. */
    private static final Map<String, List<Long>> SIZES = sizes();

    private final Path data;
    private final Path shared;
    private final Path trained;
    private final Path int8;
    private final int rounds;
    private final Map<String, Double> known = new HashMap<>();

    private Flagship(String[] arguments) throws IOException {
        this.data = Path.of(arguments[0]);
        this.shared = Path.of(arguments[1]);
        this.trained = Path.of(arguments[2]);
        this.int8 = Path.of(arguments[3]);
        this.rounds = Integer.parseInt(arguments[5]);
        recall(Path.of(arguments[4]));
    }

    private void recall(Path results) throws IOException {
        if (Files.exists(results)
                && Json.read(Files.readString(results)) instanceof Map<?, ?> document
                && document.get("models") instanceof Map<?, ?> models) {
            for (var value : models.values()) {
                if (value instanceof Map<?, ?> model
                        && model.get("sha256") instanceof String hash
                        && model.get("spearman") instanceof Number spearman) {
                    known.put(hash, spearman.doubleValue());
                }
            }
        }
    }

    public static void main(String[] arguments) throws IOException {
        var flagship = new Flagship(arguments);
        var document = new LinkedHashMap<String, Object>();
        document.put("provenance", Provenance.here(1));
        document.put("at", Instant.now().toString());
        document.putAll(flagship.measure());
        Files.writeString(Path.of(arguments[4]), Json.write(document));
    }

    private static Map<String, List<Long>> sizes() {
        var sizes = new LinkedHashMap<String, List<Long>>();
        sizes.put("1x128", List.of(1L, 128L));
        sizes.put("8x32", List.of(8L, 32L));
        return sizes;
    }

    private Map<String, Object> measure() throws IOException {
        Files.createDirectories(int8);
        var variants = new ArrayList<Variant>();
        var dense = data.resolve("minilm/model.onnx");
        for (var cut : CUTS) {
            var file = cut.equals("dense") ? dense : trained.resolve(cut + "/distilled.onnx");
            boolean done = Files.exists(file);
            var floats = done ? file : trained.resolve(cut + "/cut.onnx");
            if (Files.exists(floats)) {
                variants.add(new Variant(cut, "fp32", floats, done));
                variants.add(new Variant(cut, "int8", quantized(floats, cut + ".onnx", true), done));
            } else {
                System.out.println(cut + ": neither distilled nor cut, left out");
            }
        }
        variants.add(1, new Variant("dense", "fp32, norms split", split(dense), true));
        var results = new LinkedHashMap<String, Map<String, Object>>();
        for (var variant : variants) {
            results.put(variant.name(), describe(variant));
            System.out.println(variant.name() + " " + results.get(variant.name()));
        }
        SIZES.forEach((name, dims) -> addLatency(name, dims, variants, results));
        var document = new LinkedHashMap<String, Object>();
        document.put("models", results);
        var peer = int8.resolve("peer.onnx");
        if (Files.exists(peer)) {
            document.put("peer", peer(peer));
        }
        return document;
    }

    /** Does to a model what {@code coppice compress} does beside int8, and nothing else. */
    private Path split(Path model) {
        var output = int8.resolve("split.onnx");
        OnnxWriter.write(SplitLayerNorm.apply(OnnxReader.read(model)), output);
        return output;
    }

    /** Makes a model int8 as {@code coppice compress} does. */
    private Path quantized(Path model, String name, boolean embeddings) {
        var output = int8.resolve(name);
        var settings = new LinkedHashMap<String, Object>();
        settings.put("model", model.toString());
        settings.put("output", output.toString());
        settings.put("int8", "dynamic");
        settings.put("int8-embeddings", embeddings);
        settings.put("threads", 1);
        Pipeline.run(Recipe.of(new Settings("", settings)), Progress.NONE);
        return output;
    }

    private Map<String, Object> describe(Variant variant) throws IOException {
        var result = new LinkedHashMap<String, Object>();
        var hash = Provenance.sha256(variant.file());
        if (variant.trained()) {
            var earlier = known.get(hash);
            result.put("spearman", earlier == null ? spearman(variant.file()) : earlier);
        }
        result.put("sha256", hash);
        result.put("bytes", Files.size(variant.file()));
        result.put("trained", variant.trained());
        return result;
    }

    private double spearman(Path model) {
        var settings = new LinkedHashMap<String, Object>();
        settings.put("data", "sts:" + shared.resolve("data/stsb/sts-test.csv"));
        settings.put("tokenizer", data.resolve("minilm/tokenizer.json").toString());
        var judged = Recipe.data(new Settings("", settings)).orElseThrow();
        return Evaluator.evaluate(Evaluation.of(model, judged.spec(), judged.options()), Progress.NONE)
                .value();
    }

    private Benchmark.Result benchmark(List<Path> files, List<Long> dims) {
        var shapes = new LinkedHashMap<String, List<Long>>();
        for (var input : List.of("input_ids", "attention_mask", "token_type_ids")) {
            shapes.put(input, dims);
        }
        var options = Benchmark.Options.defaults().withRounds(rounds).withBudget(Duration.ofMinutes(10));
        return Benchmark.run(files, shapes, 0, options, Progress.NONE);
    }

    private void addLatency(
            String size, List<Long> dims, List<Variant> variants, Map<String, Map<String, Object>> results) {
        var measured = benchmark(variants.stream().map(Variant::file).toList(), dims);
        double fastest = measured.timings().getFirst().minMillis();
        for (int i = 0; i < variants.size(); i++) {
            var timing = measured.timings().get(i);
            var result = results.get(variants.get(i).name());
            if (result != null) {
                result.put("latency-ms-" + size, timing.medianMillis());
                result.put("speed-up-" + size, timing.speedup());
                // On a busy machine the least disturbed runs tell more than the middle ones.
                result.put("speed-up-of-fastest-" + size, fastest / timing.minMillis());
            }
        }
    }

    /** Compares with ONNX Runtime's own quantizer on the same layers: MatMul alone. */
    private Map<String, Object> peer(Path peer) {
        var ours = quantized(data.resolve("minilm/model.onnx"), "ours.onnx", false);
        var result = new LinkedHashMap<String, Object>();
        result.put("spearman", spearman(peer));
        result.put("ours-spearman", spearman(ours));
        SIZES.forEach((size, dims) -> result.put(
                "ours-speed-up-" + size,
                benchmark(List.of(peer, ours), dims).timings().getLast().speedup()));
        return result;
    }
}
