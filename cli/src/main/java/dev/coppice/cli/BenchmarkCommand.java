package dev.coppice.cli;

import dev.coppice.pipeline.measure.Benchmark;
import dev.coppice.pipeline.measure.RandomInputs;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code coppice benchmark}: measures the latency of models against each other. */
@Command(
        name = "benchmark",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Measures latency in ONNX Runtime. Several models run interleaved, and each is compared with the first.",
        footer = {
            "",
            "Examples:",
            "  coppice benchmark dense.onnx pruned.onnx",
            "  coppice benchmark ocr.onnx --shape x=1x3x48x320 --threads 2 --rounds 100"
        })
final class BenchmarkCommand implements Callable<Integer> {

    @Parameters(paramLabel = "MODEL", arity = "1..*", description = "The models; the first is the one to beat.")
    private List<Path> models;

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "1",
            description = "Threads of the runtime; default 1.")
    private int threads;

    @Option(names = "--rounds", paramLabel = "N", defaultValue = "30", description = "Measured rounds; default 30.")
    private int rounds;

    @Option(
            names = "--shape",
            paramLabel = "NAME=SIZES",
            description = "Input shape, such as x=1x3x224x224; repeatable.")
    private List<String> shapes = List.of();

    @Option(
            names = "--budget",
            paramLabel = "SECONDS",
            defaultValue = "60",
            description = "No new round after; default 60.")
    private int budget;

    @Option(names = "--runtime", paramLabel = "ort", defaultValue = "ort", description = "ort: ONNX Runtime.")
    @SuppressWarnings("UnusedVariable") // picocli checks it; there is one choice so far
    private Runtimes runtime;

    /** The runtimes there are. */
    enum Runtimes {
        ORT
    }

    @Mixin
    private Console console;

    @Override
    public Integer call() {
        var options = Benchmark.Options.defaults()
                .withThreads(threads)
                .withRounds(rounds)
                .withBudget(Duration.ofSeconds(budget));
        var result = Benchmark.run(models, RandomInputs.parseShapes(shapes), 0, options, console.progress());
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
