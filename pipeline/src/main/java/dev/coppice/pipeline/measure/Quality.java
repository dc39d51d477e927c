package dev.coppice.pipeline.measure;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How good a model's answers are.
 *
 * @param metric the name of the leading figure: {@code top1}, {@code spearman}, {@code perplexity}, {@code cosine}
 * @param value the leading figure; shares lie in [0,1]
 * @param higherIsBetter whether a larger value is a better model
 * @param more further figures by name, in the order to print them
 * @param samples how many samples, pairs or windows were measured
 */
public record Quality(String metric, double value, boolean higherIsBetter, Map<String, Double> more, long samples) {

    public Quality {
        more = Collections.unmodifiableMap(new LinkedHashMap<>(more));
    }
}
