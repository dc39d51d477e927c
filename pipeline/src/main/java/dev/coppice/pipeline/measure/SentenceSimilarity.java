package dev.coppice.pipeline.measure;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.BadModelException;
import dev.coppice.pipeline.data.Batch;
import dev.coppice.pipeline.data.spec.DataOptions.Pooling;
import dev.coppice.pipeline.data.text.StsPairs;
import dev.coppice.runtime.ort.OrtModel;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.OptionalLong;

/** Embeds sentence pairs and correlates their cosine similarity with people's scores. */
final class SentenceSimilarity {

    private final OrtModel model;
    private final List<StsPairs.Pair> pairs;
    private final TextVectors vectors;

    SentenceSimilarity(OrtModel model, Path file, OptionalLong limit, Pooling pooling) {
        this.model = model;
        this.pairs = StsPairs.read(file, limit.orElse(Long.MAX_VALUE));
        this.vectors = new TextVectors(model, pooling, 2 * pairs.size());
    }

    void add(Batch batch) {
        vectors.add(batch);
    }

    Quality quality() {
        var scores = new double[pairs.size()];
        var cosines = new double[pairs.size()];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = pairs.get(i).score();
            cosines[i] = cosine(vectors.of(2 * i), vectors.of(2 * i + 1));
            if (Double.isNaN(cosines[i])) {
                throw new BadModelException(
                        model.path() + " gives NaN for sentence pair " + (i + 1),
                        "if the unpruned model does not, pruning broke it");
            }
        }
        double spearman = Correlation.spearman(cosines, scores);
        double pearson = Correlation.pearson(cosines, scores);
        if (Double.isNaN(spearman) || Double.isNaN(pearson)) {
            throw new BadInputException(
                    "no correlation over " + scores.length + " sentence pairs: all scores or similarities are equal",
                    "use more pairs");
        }
        var more = new LinkedHashMap<String, Double>();
        more.put("pearson", pearson);
        return new Quality("spearman", spearman, true, more, scores.length);
    }

    /** Returns the cosine of the angle between two vectors; 0 when one has no length. */
    static double cosine(float[] a, float[] b) {
        double ab = 0;
        double aa = 0;
        double bb = 0;
        for (int i = 0; i < a.length; i++) {
            ab += (double) a[i] * b[i];
            aa += (double) a[i] * a[i];
            bb += (double) b[i] * b[i];
        }
        return aa == 0 || bb == 0 ? 0 : ab / Math.sqrt(aa * bb);
    }
}
