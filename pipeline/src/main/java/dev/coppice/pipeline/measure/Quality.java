package dev.coppice.pipeline.measure;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * How good a model's answers are.
 *
 * @param metric the name of the leading figure: {@code top1}, {@code spearman}, {@code ndcg@10}, {@code perplexity}, {@code cosine}, {@code r2} or {@code mse} of
 *     values, {@code label-error} of sequences
 * @param value the leading figure; shares lie in [0,1]
 * @param higherIsBetter whether a larger value is a better model
 * @param more further figures by name, in the order to print them
 * @param samples how many samples, pairs or windows were measured
 */
public record Quality(String metric, double value, boolean higherIsBetter, Map<String, Double> more, long samples) {

    /** Says which way a leading figure of this name points. */
    public static boolean isHigherBetter(String metric) {
        return !Set.of("perplexity", "mse", "label-error").contains(metric);
    }

    public Quality {
        more = Collections.unmodifiableMap(new LinkedHashMap<>(more));
    }
}
