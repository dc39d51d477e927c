package dev.coppice.prune.score;

/**
 * How units are scored: by which criterion, on what evidence.
 *
 * @param seed of chance
 */
public record Rule(Criterion criterion, long seed, Findings findings) {

    /** Makes a rule of a criterion that needs nothing but the weights. */
    public static Rule of(Criterion criterion, long seed) {
        return new Rule(criterion, seed, Findings.NONE);
    }
}
