package dev.coppice.prune.structure;

import dev.coppice.prune.score.Criterion;

/**
 * How units are scored.
 *
 * @param seed of {@code random}
 */
public record Scoring(Criterion criterion, long seed) {

    /** Scores with seed 0. */
    public static Scoring of(Criterion criterion) {
        return new Scoring(criterion, 0);
    }
}
