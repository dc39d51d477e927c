package dev.coppice.pipeline.measure;

import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.spec.DataSpec;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What to evaluate.
 *
 * @param model an ONNX file
 * @param reference a model whose outputs take the place of labels; empty to use the data's labels
 * @param threads threads of ONNX Runtime
 */
public record Evaluation(Path model, Optional<Path> reference, DataSpec data, DataOptions options, int threads) {

    /** Returns an evaluation by labels on one thread. */
    public static Evaluation of(Path model, DataSpec data, DataOptions options) {
        return new Evaluation(model, Optional.empty(), data, options, 1);
    }

    public Evaluation withReference(Path newReference) {
        return new Evaluation(model, Optional.of(newReference), data, options, threads);
    }

    public Evaluation withThreads(int newThreads) {
        return new Evaluation(model, reference, data, options, newThreads);
    }
}
