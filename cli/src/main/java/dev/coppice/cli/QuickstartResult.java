package dev.coppice.cli;

import dev.coppice.pipeline.inspect.Inspection;
import dev.coppice.pipeline.inspect.InspectionReport;
import dev.coppice.pipeline.measure.Benchmark;
import dev.coppice.pipeline.measure.Quality;
import dev.coppice.pipeline.report.Receipt;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the quickstart did and found. */
record QuickstartResult(
        Inspection inspection,
        Models models,
        Benchmark.Result benchmark,
        Receipt receipt,
        Path report,
        Path runDirectory) {

    /**
     * The models that were made.
     *
     * @param dense the model as it came
     * @param pruned models by growing sparsity, not trained after pruning
     * @param tuned models of the same sparsities, trained after pruning
     * @param chosen which of these the receipt is about
     */
    record Models(Measured dense, List<Measured> pruned, List<Measured> tuned, int chosen) {

        Measured best() {
            return tuned.get(chosen);
        }
    }

    /** A model file and what was measured on it; a {@code sparsity} of 0 is the dense one. */
    record Measured(double sparsity, Path file, Quality quality, long gzipBytes) {

        Map<String, Object> describe() {
            var map = new LinkedHashMap<String, Object>();
            map.put("model", file.toString());
            map.put("sparsity", sparsity);
            map.put(quality.metric(), quality.value());
            map.put("samples", quality.samples());
            map.put("bytes-gzip", gzipBytes);
            return map;
        }
    }

    /** Returns everything as plain values for JSON. */
    Map<String, Object> describe() {
        var document = new LinkedHashMap<String, Object>();
        document.put("inspection", InspectionReport.describe(inspection));
        document.put("dense", models.dense().describe());
        document.put("pruned", models.pruned().stream().map(Measured::describe).toList());
        document.put(
                "fine-tuned", models.tuned().stream().map(Measured::describe).toList());
        document.put("chosen", models.best().file().toString());
        document.put("benchmark", BenchmarkCommand.describe(benchmark));
        document.put("receipt", receipt.describe());
        document.put("report", report.toString());
        document.put("run", runDirectory.toString());
        return document;
    }
}
