package dev.coppice.pipeline.recover;

import dev.coppice.ir.DType;
import dev.coppice.ir.Model;
import dev.coppice.ir.UsageException;
import dev.coppice.pipeline.data.DataOptions.Pooling;
import dev.coppice.pipeline.data.DataSpec;
import dev.coppice.train.Logits;
import dev.coppice.train.Loss;
import dev.coppice.train.data.TrainBatch;
import java.util.ArrayList;
import java.util.List;

/** Chooses the losses that fit the data and the model. */
final class Objective {

    /** Softens classes so far that the unlikely ones say something, too (Hinton et al. 2015 used 2 to 5). */
    private static final double TEMPERATURE = 2;

    private Objective() {}

    /** Returns the losses against the data's own targets. */
    static List<Loss.Weighted> ofLabels(DataSpec data, TrainBatch example, double smoothing) {
        if (data instanceof DataSpec.Tokens) {
            return one(new Loss.NextToken());
        }
        var targets = example.targets()
                .orElseThrow(() -> new UsageException(
                        "data '" + data.text() + "' has no labels to learn from",
                        "distil from the dense model, which needs none: --distill EPOCHS"));
        if (targets.type() != DType.INT64) {
            return one(new Loss.MeanSquaredError());
        }
        return one(targets.dims().size() == 2 ? new Loss.Ctc(0) : new Loss.CrossEntropy(smoothing));
    }

    /** Returns the losses against the dense model's outputs. */
    static List<Loss.Weighted> ofTeacher(DataSpec data, Model model, Pooling pooling) {
        return switch (data) {
            case DataSpec.Texts _ -> encoder(model, pooling == Pooling.CLS ? Loss.Pooling.CLS : Loss.Pooling.MEAN);
            case DataSpec.Tokens _ -> one(new Loss.Divergence(1));
            case DataSpec.Samples _, DataSpec.Npz _ -> one(new Loss.Divergence(TEMPERATURE));
        };
    }

    /** Token vectors, sentence vectors, their similarities and the inner layers, weighted as in DESIGN section 12. */
    private static List<Loss.Weighted> encoder(Model model, Loss.Pooling pooling) {
        var losses = new ArrayList<Loss.Weighted>();
        losses.add(new Loss.Weighted(1, new Loss.Features(List.of(Logits.of(model)))));
        losses.add(new Loss.Weighted(2, new Loss.PooledCosine(pooling)));
        losses.add(new Loss.Weighted(5, new Loss.Similarity(pooling)));
        var layers = Logits.layers(model);
        if (!layers.isEmpty()) {
            losses.add(new Loss.Weighted(1, new Loss.Features(layers)));
        }
        return losses;
    }

    private static List<Loss.Weighted> one(Loss loss) {
        return List.of(new Loss.Weighted(1, loss));
    }
}
