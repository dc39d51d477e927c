package dev.coppice.bench.criteria;

import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.pipeline.data.Batches;
import dev.coppice.pipeline.data.ModelInputs;
import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.spec.DataSpec;
import dev.coppice.pipeline.evidence.ActivationEvidence;
import dev.coppice.pipeline.evidence.CalibrationData;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.report.Json;
import dev.coppice.prune.Parameters;
import dev.coppice.prune.Selection;
import dev.coppice.prune.score.Evidence;
import dev.coppice.runtime.ort.OrtModel;
import dev.coppice.runtime.ort.OrtOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Set;

/**
 * Compares the time of collecting the norms of all layers' inputs of MiniLM with that of running it on the same sentences in the same
 * engine, in CPU time of the process, since the machine may be busy.
 *
 * <pre>EvidenceCost RESULT.json [SENTENCES]</pre>
 */
public final class EvidenceCost {

    private static final int ROUNDS = 3;
    private static final int BATCH = 16;

    private EvidenceCost() {}

    public static void main(String[] args) throws IOException {
        long sentences = args.length > 1 ? Long.parseLong(args[1]) : 512;
        var file = Path.of("data/minilm/model.onnx");
        var model = OnnxReader.read(file);
        var parameters = Parameters.of(model, Selection.ALL).prunable();
        var spec = DataSpec.parse("sts:../shared/data/stsb/sts-train.csv");
        var options = DataOptions.defaults().withTokenizer(Path.of("data/minilm/tokenizer.json"));
        var inputs = ModelInputs.ofBatches(model);
        var plain = new double[ROUNDS];
        var evidence = new double[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            plain[round] = seconds(() -> {
                try (var session = OrtModel.open(file, OrtOptions.defaults().withThreads(1));
                        var source = Batches.open(spec, options.withLimit(sentences), inputs, BATCH)) {
                    for (var batch = source.next(); batch != null; batch = source.next()) {
                        session.run(batch.inputs());
                    }
                }
            });
            evidence[round] = seconds(() -> ActivationEvidence.ofParameters(
                    model,
                    parameters,
                    Set.of(Evidence.INPUT_NORM),
                    new CalibrationData(spec, options, inputs, sentences),
                    1,
                    Progress.NONE));
        }
        var result = new LinkedHashMap<String, Object>();
        result.put("sentences", sentences);
        result.put("threads", 1L);
        result.put("plain-cpu-seconds", Arrays.stream(plain).boxed().toList());
        result.put("evidence-cpu-seconds", Arrays.stream(evidence).boxed().toList());
        result.put("ratio-of-medians", median(evidence) / median(plain));
        Files.writeString(Path.of(args[0]), Json.write(result));
        System.out.println(Json.line(result));
    }

    private static double median(double... values) {
        var sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static double seconds(Runnable work) {
        var before = ProcessHandle.current().info().totalCpuDuration().orElseThrow();
        work.run();
        return ProcessHandle.current()
                        .info()
                        .totalCpuDuration()
                        .orElseThrow()
                        .minus(before)
                        .toMillis()
                / 1e3;
    }
}
