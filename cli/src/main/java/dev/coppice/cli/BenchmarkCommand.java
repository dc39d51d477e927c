package dev.coppice.cli;

import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.pipeline.measure.Benchmark;
import dev.coppice.pipeline.quantize.Int8Alone;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code coppice benchmark}: measures the latency of models against each other. */
final class BenchmarkCommand extends CliCommand {

    private final Argument<List<Path>> models;
    private final Argument<Integer> threads;
    private final Argument<Integer> rounds;
    private final Argument<List<String>> shapes;
    private final Argument<Integer> budget;

    /** The runtimes there are. */
    enum Runtimes {
        ORT
    }

    BenchmarkCommand() {
        super(
                "benchmark",
                "Measures latency in ONNX Runtime. Several models run interleaved, and each is compared with the first.",
                "A first model of MatMul and Gemm in float is measured in int8, too: what pruning has to beat.");
        models = files("MODEL", "The models; the first is the one to beat.");
        threads = option("--threads", "N", Integer.class, "1", "Threads of the runtime; default 1.");
        rounds = option("--rounds", "N", Integer.class, "30", "Measured rounds; default 30.");
        shapes = repeatable("--shape", "NAME=SIZES", "Input shape, such as x=1x3x224x224; repeatable.");
        budget = option("--budget", "SECONDS", Integer.class, "60", "No new round after; default 60.");
        // picocli checks it; there is one choice so far.
        option("--runtime", "ort", Runtimes.class, "ort", "ort: ONNX Runtime.");
        footer(
                "",
                "Examples:",
                "  coppice benchmark dense.onnx pruned.onnx",
                "  coppice benchmark ocr.onnx --shape x=1x3x48x320 --threads 2 --rounds 100");
    }

    @Override
    public Integer call() {
        var options = Benchmark.Options.defaults()
                .withThreads(threads.value())
                .withRounds(rounds.value())
                .withBudget(Duration.ofSeconds(budget.value()));
        var sizes = sizes(shapes);
        var alone = Int8Alone.dynamic(OnnxReader.read(models.value().getFirst()), threads.value());
        try {
            var files = new ArrayList<>(models.value());
            alone.ifPresent(int8 -> files.add(int8.file()));
            var measured = Benchmark.run(files, sizes, 0, options, console.progress());
            var result = measured.withTimings(
                    measured.timings().subList(0, models.value().size()));
            var int8 = alone.map(_ -> measured.timings().getLast());
            console.print(() -> text(result, int8), () -> describe(result, int8));
            return ExitCode.DONE;
        } finally {
            alone.ifPresent(Int8Alone::close);
        }
    }

    private static String text(Benchmark.Result result, Optional<Benchmark.Timing> int8) {
        return text(result)
                + int8.map(timing -> line(timing, "the first model in int8 alone, no pruning"))
                        .orElse("");
    }

    private static Map<String, Object> describe(Benchmark.Result result, Optional<Benchmark.Timing> int8) {
        var document = describe(result);
        int8.ifPresent(timing -> {
            var map = describe(timing);
            map.remove("model");
            document.put("int8-alone", map);
        });
        return document;
    }

    private static String line(Benchmark.Timing timing, String model) {
        return "  %10.3f %10.3f %10.3f %8.2fx  %s%n"
                .formatted(timing.medianMillis(), timing.minMillis(), timing.maxMillis(), timing.speedup(), model);
    }

    private static Map<String, Object> describe(Benchmark.Timing timing) {
        var map = new LinkedHashMap<String, Object>();
        map.put("model", timing.model().toString());
        map.put("median-ms", timing.medianMillis());
        map.put("min-ms", timing.minMillis());
        map.put("max-ms", timing.maxMillis());
        map.put("speed-up", timing.speedup());
        return map;
    }

    static String text(Benchmark.Result result) {
        var text = new StringBuilder("%s, %d thread(s), %d rounds, inputs %s%n%n"
                .formatted(result.runtime(), result.threads(), result.rounds(), result.inputShapes()));
        text.append("  %10s %10s %10s %9s  %s%n".formatted("median ms", "min", "max", "speed-up", "model"));
        for (var timing : result.timings()) {
            text.append(line(timing, timing.model().toString()));
        }
        return text.toString();
    }

    static Map<String, Object> describe(Benchmark.Result result) {
        var document = new LinkedHashMap<String, Object>();
        document.put("runtime", result.runtime());
        document.put("threads", result.threads());
        document.put("rounds", result.rounds());
        document.put("inputs", result.inputShapes());
        document.put(
                "models",
                result.timings().stream().map(BenchmarkCommand::describe).toList());
        return document;
    }
}
