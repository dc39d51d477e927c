package dev.coppice.pipeline.measure;

import dev.coppice.ir.UsageException;
import dev.coppice.pipeline.data.Batch;
import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.spec.DataOptions.Split;
import dev.coppice.pipeline.data.spec.DataSpec;
import dev.coppice.pipeline.data.text.RetrievalSet;
import dev.coppice.runtime.ort.HostTensor;
import dev.coppice.runtime.ort.OrtModel;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Judges one model's answers batch by batch, by what the data allows.
 *
 * @param add runs the model on a batch and judges what it says
 * @param quality tells how good it was
 */
record Judge(Consumer<Batch> add, Supplier<Quality> quality) {

    private static final int BATCH = 32;

    /** Returns how many samples to run at once: of token windows one, as the logits of a window alone may take 50 MB. */
    static int batchSize(DataSpec data) {
        return data instanceof DataSpec.Tokens ? 1 : BATCH;
    }

    /**
     * Judges by labels, sentence scores or the tokens that follow.
     *
     * @throws UsageException when the data has nothing to judge by
     */
    static Judge byLabels(DataSpec data, DataOptions options, OrtModel model) {
        return switch (data) {
            case DataSpec.Tokens _ -> {
                var perplexity = new Perplexity(model);
                yield new Judge(batch -> perplexity.add(model.run(batch.inputs()), batch), perplexity::quality);
            }
            case DataSpec.Sts(var file) -> {
                var similarity = new SentenceSimilarity(model, file, options.limit(), options.pooling());
                yield new Judge(similarity::add, similarity::quality);
            }
            case DataSpec.Beir(var dir) -> {
                if (options.split().equals(Optional.of(Split.TRAIN))) {
                    throw new UsageException(
                            "documents without queries have nothing to judge by", "leave --split out, or say test");
                }
                var retrieval = new Retrieval(
                        model, RetrievalSet.read(dir, options.limitOr(Long.MAX_VALUE)), options.pooling());
                yield new Judge(retrieval::add, retrieval::quality);
            }
            case DataSpec.Text _ -> throw unlabelled(data, model);
            case DataSpec.Idx _,
                    DataSpec.Cifar10 _,
                    DataSpec.Npz _,
                    DataSpec.Csv _,
                    DataSpec.Images _,
                    DataSpec.Digits _ -> byTargets(data, model);
        };
    }

    private static Judge byTargets(DataSpec data, OrtModel model) {
        var judge = new TargetJudge(model, () -> unlabelled(data, model));
        return new Judge(judge::add, judge::quality);
    }

    /** Judges by the outputs of another model. */
    static Judge byReference(OrtModel model, Function<Batch, Map<String, HostTensor>> reference) {
        var comparison = new Comparison(model);
        var counted = new long[1];
        return new Judge(
                batch -> {
                    comparison.add(model.run(batch.inputs()), reference.apply(batch), batch.samples(), batch.lengths());
                    counted[0] += batch.samples();
                },
                () -> comparison.quality(counted[0]));
    }

    private static UsageException unlabelled(DataSpec data, OrtModel model) {
        boolean taken = data instanceof DataSpec.Npz
                && model.inputs().stream().anyMatch(input -> input.name().equals("y"));
        return new UsageException(
                "data '" + data.text() + "' has no labels to evaluate by"
                        + (taken ? ": the array 'y' is the model's input of that name" : ""),
                "give the dense model with --reference MODEL to compare with its outputs");
    }
}
