package dev.coppice.cli;

import dev.coppice.pipeline.measure.Benchmark;
import dev.coppice.pipeline.measure.RandomInputs;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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
                "Measures latency in ONNX Runtime. Several models run interleaved, and each is compared with the first.");
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
        var sizes = RandomInputs.parseShapes(shapes.given().orElse(List.of()));
        var result = Benchmark.run(models.value(), sizes, 0, options, console.progress());
        console.print(() -> text(result), () -> describe(result));
        return ExitCode.DONE;
    }

    static String text(Benchmark.Result result) {
        var text = new StringBuilder("%s, %d thread(s), %d rounds, inputs %s%n%n"
                .formatted(result.runtime(), result.threads(), result.rounds(), result.inputShapes()));
        text.append("  %10s %10s %10s %9s  %s%n".formatted("median ms", "min", "max", "speed-up", "model"));
        for (var timing : result.timings()) {
            text.append("  %10.3f %10.3f %10.3f %8.2fx  %s%n"
                    .formatted(
                            timing.medianMillis(),
                            timing.minMillis(),
                            timing.maxMillis(),
                            timing.speedup(),
                            timing.model()));
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
                result.timings().stream()
                        .map(timing -> {
                            var map = new LinkedHashMap<String, Object>();
                            map.put("model", timing.model().toString());
                            map.put("median-ms", timing.medianMillis());
                            map.put("min-ms", timing.minMillis());
                            map.put("max-ms", timing.maxMillis());
                            map.put("speed-up", timing.speedup());
                            return map;
                        })
                        .toList());
        return document;
    }
}
