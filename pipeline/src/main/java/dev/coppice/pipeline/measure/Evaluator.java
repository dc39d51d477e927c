package dev.coppice.pipeline.measure;

import dev.coppice.ir.BadModelException;
import dev.coppice.pipeline.data.Batches;
import dev.coppice.pipeline.data.ModelInputs;
import dev.coppice.pipeline.data.spec.DataOptions.Split;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.runtime.ort.OrtModel;
import dev.coppice.runtime.ort.OrtOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Measures the quality of a model on data. */
public final class Evaluator {

    private Evaluator() {}

    /**
     * Measures what the data allows: classification for labelled samples, rank correlation for sentence pairs,
     * perplexity for token windows. With a reference model: how close the outputs are, whatever the data.
     *
     * <p>Data with parts is read from its test part unless the options choose another.
     *
     * @throws dev.coppice.ir.BadModelException when a model does not run or gives outputs that cannot be judged
     * @throws dev.coppice.ir.BadInputException when the data is bad or does not fit the model
     * @throws dev.coppice.ir.UsageException when the data has no labels and no reference is given
     */
    public static Quality evaluate(Evaluation evaluation, Progress progress) {
        try (var model = open(evaluation.model(), evaluation.threads())) {
            if (evaluation.reference().isPresent()) {
                try (var reference = open(evaluation.reference().get(), evaluation.threads())) {
                    return judge(
                            evaluation,
                            model,
                            () -> Judge.byReference(model, batch -> reference.run(batch.inputs())),
                            progress);
                }
            }
            return judge(
                    evaluation, model, () -> Judge.byLabels(evaluation.data(), evaluation.options(), model), progress);
        }
    }

    /**
     * Compares a model with a reference on random inputs, for models without data.
     *
     * @param shapes sizes of inputs by name, for those whose declared ones are open
     * @param draws how many random inputs
     */
    public static Quality compareOnRandomInputs(
            Path model, Path reference, Map<String, List<Long>> shapes, long seed, int draws, int threads) {
        try (var first = open(model, threads);
                var second = open(reference, threads)) {
            var comparison = new Comparison(first);
            for (int i = 0; i < draws; i++) {
                var inputs = RandomInputs.draw(second, shapes, seed + i);
                comparison.add(first.run(inputs), second.run(inputs), 0, List.of());
            }
            return comparison.quality(draws);
        }
    }

    private static OrtModel open(Path path, int threads) {
        return OrtModel.open(path, OrtOptions.defaults().withThreads(threads));
    }

    private static Quality judge(Evaluation evaluation, OrtModel model, Supplier<Judge> judge, Progress progress) {
        int size = Judge.batchSize(evaluation.data());
        try {
            return judge(evaluation, model, judge.get(), size, progress);
        } catch (BadModelException e) {
            return Singly.insteadOf(size, e, () -> judge(evaluation, model, judge.get(), 1, progress));
        }
    }

    private static Quality judge(Evaluation evaluation, OrtModel model, Judge judge, int size, Progress progress) {
        var data = evaluation.data();
        var options = evaluation.options().orSplit(data, Split.TEST);
        try (var batches = Batches.open(data, options, ModelInputs.of(model), size)) {
            long done = 0;
            for (var batch = batches.next(); batch != null; batch = batches.next()) {
                judge.add().accept(batch);
                done += batch.samples();
                progress.update("evaluate", done, batches.total(), "samples");
            }
        }
        return judge.quality().get();
    }
}
