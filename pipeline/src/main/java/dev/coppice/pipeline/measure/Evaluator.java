package dev.coppice.pipeline.measure;

import dev.coppice.ir.UsageException;
import dev.coppice.pipeline.data.Batch;
import dev.coppice.pipeline.data.Batches;
import dev.coppice.pipeline.data.DataOptions.Split;
import dev.coppice.pipeline.data.DataSpec;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.runtime.ort.OrtModel;
import dev.coppice.runtime.ort.OrtOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Measures the quality of a model on data. */
public final class Evaluator {

    private static final int BATCH = 32;

    private Evaluator() {}

    /**
     * Measures what the data allows: classification for labelled samples, rank correlation for sentence pairs,
     * perplexity for token windows. With a reference model: how close the outputs are, whatever the data.
     *
     * <p>Data with parts is read from its test part unless the options choose another.
     *
     * @throws dev.coppice.ir.BadModelException when a model does not run or gives outputs that cannot be judged
     * @throws dev.coppice.ir.BadInputException when the data is bad or does not fit the model
     * @throws UsageException when the data has no labels and no reference is given
     */
    public static Quality evaluate(Evaluation evaluation, Progress progress) {
        try (var model = open(evaluation.model(), evaluation.threads())) {
            if (evaluation.reference().isPresent()) {
                return compare(evaluation, model, evaluation.reference().get(), progress);
            }
            return switch (evaluation.data()) {
                case DataSpec.Tokens _ -> perplexity(evaluation, model, progress);
                case DataSpec.Sts(var file) -> {
                    var similarity = new SentenceSimilarity(
                            model,
                            file,
                            evaluation.options().limit(),
                            evaluation.options().pooling());
                    forEachBatch(evaluation, model, BATCH, progress, similarity::add);
                    yield similarity.quality();
                }
                case DataSpec.Text _ -> throw unlabelled(evaluation.data());
                case DataSpec.Idx _,
                        DataSpec.Cifar10 _,
                        DataSpec.Npz _,
                        DataSpec.Csv _,
                        DataSpec.Images _,
                        DataSpec.Digits _ -> classification(evaluation, model, progress);
            };
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

    private static Quality classification(Evaluation evaluation, OrtModel model, Progress progress) {
        var classification = new Classification(model);
        forEachBatch(evaluation, model, BATCH, progress, batch -> {
            if (batch.labels().isEmpty()) {
                throw unlabelled(evaluation.data());
            }
            classification.add(model.run(batch.inputs()), batch.labels());
        });
        return classification.quality();
    }

    private static Quality perplexity(Evaluation evaluation, OrtModel model, Progress progress) {
        var perplexity = new Perplexity(model);
        // One window at a time: the logits of a window alone may take 50 MB.
        forEachBatch(evaluation, model, 1, progress, batch -> perplexity.add(model.run(batch.inputs()), batch));
        return perplexity.quality();
    }

    private static Quality compare(Evaluation evaluation, OrtModel model, Path referencePath, Progress progress) {
        try (var reference = open(referencePath, evaluation.threads())) {
            var comparison = new Comparison(model);
            int batchSize = evaluation.data() instanceof DataSpec.Tokens ? 1 : BATCH;
            var counted = new long[1];
            forEachBatch(evaluation, model, batchSize, progress, batch -> {
                comparison.add(
                        model.run(batch.inputs()), reference.run(batch.inputs()), batch.samples(), batch.lengths());
                counted[0] += batch.samples();
            });
            return comparison.quality(counted[0]);
        }
    }

    private static void forEachBatch(
            Evaluation evaluation, OrtModel model, int batchSize, Progress progress, Consumer<Batch> action) {
        var options = evaluation.options().orSplit(evaluation.data(), Split.TEST);
        try (var batches = Batches.open(evaluation.data(), options, model.inputs(), batchSize)) {
            long done = 0;
            for (var batch = batches.next(); batch != null; batch = batches.next()) {
                action.accept(batch);
                done += batch.samples();
                progress.update("evaluate", done, batches.total());
            }
        }
    }

    private static UsageException unlabelled(DataSpec data) {
        return new UsageException(
                "data '" + data.text() + "' has no labels to evaluate by",
                "give the dense model with --reference MODEL to compare with its outputs");
    }
}
