package dev.coppice.pipeline.measure;

import dev.coppice.ir.BadModelException;
import dev.coppice.pipeline.data.Batch;
import dev.coppice.pipeline.data.spec.DataOptions.Pooling;
import dev.coppice.pipeline.data.text.RetrievalSet;
import dev.coppice.runtime.ort.OrtModel;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Ranks documents for queries by the cosine of their vectors: nDCG@10 with linear gains (Jarvelin & Kekalainen 2002, as trec_eval has it)
 * and recall@100, means over the queries that a document answers. Documents that are equally near rank in the order of the corpus.
 */
final class Retrieval {

    private static final int DEPTH = 10;
    private static final int RECALL_DEPTH = 100;

    private final OrtModel model;
    private final RetrievalSet set;
    private final TextVectors vectors;

    Retrieval(OrtModel model, RetrievalSet set, Pooling pooling) {
        this.model = model;
        this.set = set;
        this.vectors = new TextVectors(
                model, pooling, set.documents().size() + set.queries().size());
    }

    void add(Batch batch) {
        vectors.add(batch);
    }

    Quality quality() {
        int documents = set.documents().size();
        var units = IntStream.range(0, documents + set.queries().size())
                .mapToObj(this::unit)
                .toList();
        double gain = 0;
        double recall = 0;
        for (int q = 0; q < set.queries().size(); q++) {
            var query = set.queries().get(q);
            var ranked = ranked(units.get(documents + q), units.subList(0, documents));
            gain += gain(query, ranked);
            recall += recall(query, ranked);
        }
        int queries = set.queries().size();
        var more = new LinkedHashMap<String, Double>();
        more.put("recall@100", recall / queries);
        more.put("documents", (double) documents);
        return new Quality("ndcg@10", gain / queries, true, more, queries);
    }

    /** Returns a text's vector at length 1; one without length stays as it is. */
    private float[] unit(int text) {
        var vector = vectors.of(text);
        double square = 0;
        for (float value : vector) {
            square += (double) value * value;
        }
        if (!Double.isFinite(square)) {
            throw new BadModelException(
                    model.path() + " gives NaN or infinity for text " + (text + 1),
                    "if the unpruned model does not, pruning broke it");
        }
        var unit = new float[vector.length];
        for (int i = 0; i < unit.length && square > 0; i++) {
            unit[i] = (float) (vector[i] / Math.sqrt(square));
        }
        return unit;
    }

    /** Returns the documents nearest to a query, the nearest first. */
    private static int[] ranked(float[] query, java.util.List<float[]> documents) {
        int kept = Math.min(RECALL_DEPTH, documents.size());
        var best = new int[kept];
        var cosines = new double[kept];
        int count = 0;
        for (int d = 0; d < documents.size(); d++) {
            double cosine = dot(query, documents.get(d));
            if (count == kept && cosine <= cosines[kept - 1]) {
                continue;
            }
            int at = count < kept ? count++ : kept - 1;
            for (; at > 0 && cosine > cosines[at - 1]; at--) {
                cosines[at] = cosines[at - 1];
                best[at] = best[at - 1];
            }
            cosines[at] = cosine;
            best[at] = d;
        }
        return best;
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }

    private static double gain(RetrievalSet.Query query, int[] ranked) {
        double gain = 0;
        for (int rank = 0; rank < Math.min(DEPTH, ranked.length); rank++) {
            gain += query.grades().getOrDefault(ranked[rank], 0) / discount(rank);
        }
        var best = Stream.concat(query.grades().values().stream(), query.missing().stream())
                .sorted(Comparator.reverseOrder())
                .limit(DEPTH)
                .toList();
        double most = IntStream.range(0, best.size())
                .mapToDouble(rank -> best.get(rank) / discount(rank))
                .sum();
        return gain / most;
    }

    /** Returns what gains at a rank, counted from 0, are divided by. */
    private static double discount(int rank) {
        return Math.log(rank + 2.0) / Math.log(2);
    }

    private static double recall(RetrievalSet.Query query, int[] ranked) {
        long found = IntStream.of(ranked).filter(query.grades()::containsKey).count();
        return (double) found / (query.grades().size() + query.missing().size());
    }
}
