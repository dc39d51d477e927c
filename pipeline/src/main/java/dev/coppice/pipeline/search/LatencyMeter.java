package dev.coppice.pipeline.search;

import dev.coppice.ir.Model;
import dev.coppice.ir.host.TemporaryFolder;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.pipeline.measure.Benchmark;
import dev.coppice.pipeline.measure.Latency;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.recipe.Recipe;
import java.time.Duration;
import java.util.List;

/** Measures cut models in ONNX Runtime, in turn with the dense one. */
public final class LatencyMeter {

    private static final Duration LONGEST = Duration.ofSeconds(8);

    private LatencyMeter() {}

    /** Throws {@link dev.coppice.ir.BadModelException} when a model does not run, and UsageException when its sizes are open. */
    public static Latency measure(Model cut, Recipe recipe, Progress progress) {
        try (var folder = TemporaryFolder.make("latency")) {
            var file = folder.file("cut.onnx");
            OnnxWriter.write(cut, file);
            var options =
                    Benchmark.Options.defaults().withThreads(recipe.threads()).withBudget(LONGEST);
            var timing = Benchmark.run(List.of(recipe.model(), file), recipe.shapes(), 0, options, progress)
                    .timings()
                    .getLast();
            return new Latency(timing.medianMillis(), 1 / timing.speedup());
        }
    }
}
