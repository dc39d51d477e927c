package dev.coppice.prune.structure;

import dev.coppice.ir.UsageException;
import dev.coppice.prune.score.Criterion;
import java.util.Locale;

/**
 * How units are scored.
 *
 * @param aggregate how the scores of a unit's slices of several coupled matrices become one
 * @param seed of {@code random}
 */
public record Scoring(Criterion criterion, Aggregate aggregate, long seed) {

    /** Ways to make one norm of several (Fang et al. 2023, section 3.3). */
    public enum Aggregate {
        /** The mean of the norms, each relative to its matrix. */
        MEAN,
        /** The plain sum: large matrices count more. */
        SUM,
        /** The largest of the norms, each relative to its matrix. */
        MAX;

        /** Returns the way of this name; throws {@link UsageException} when there is none. */
        public static Aggregate named(String name) {
            for (var value : values()) {
                if (value.name().toLowerCase(Locale.ROOT).equals(name)) {
                    return value;
                }
            }
            throw new UsageException("unknown aggregate '" + name + "'", "known are mean, sum and max");
        }
    }

    /** Scores by the mean, with seed 0. */
    public static Scoring of(Criterion criterion) {
        return new Scoring(criterion, Aggregate.MEAN, 0);
    }
}
