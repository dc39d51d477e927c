package dev.coppice.prune.score;

import java.nio.charset.StandardCharsets;

/**
 * Chance, the baseline that every other criterion has to beat. Each unit draws a number from its own counter (SplitMix64,
 * Steele et al. 2014), so that the draw depends on seed, weight and unit alone, not on the order of work.
 */
public record RandomCriterion() implements Criterion {

    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    @Override
    public String label() {
        return "random";
    }

    @Override
    public String paper() {
        return "";
    }

    @Override
    public boolean ranksWeightsByMagnitude() {
        return false;
    }

    @Override
    public Scorer scorer(String parameter, long seed) {
        long stream = mix(seed);
        for (byte b : parameter.getBytes(StandardCharsets.UTF_8)) {
            stream = mix(stream + GOLDEN + b);
        }
        long start = stream;
        return (weights, count, unit) -> {
            boolean zero = true;
            for (int i = 0; i < count; i++) {
                // NaN must not pass as a number.
                if (!Double.isFinite(weights[i])) {
                    return Double.NaN;
                }
                zero &= weights[i] == 0;
            }
            return zero ? 0 : ((mix(start + GOLDEN * unit) >>> 11) + 1) * 0x1p-53;
        };
    }

    private static long mix(long z) {
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
