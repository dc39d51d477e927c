package dev.coppice.prune.score;

import java.util.Optional;
import java.util.Set;

/**
 * A rule that says how much a network would miss a unit: a pure function of the unit's weights and of the {@linkplain #needs
 * evidence} about them. It knows no model, no data, and not how much is to be pruned.
 *
 * <p>Anyone may write one: a class with a constructor without arguments, named in a file
 * {@code META-INF/services/dev.coppice.prune.score.Criterion} on the class path, is found by its label.
 */
public interface Criterion {

    /** Returns the name that users give. */
    String label();

    /** Returns where it was published; empty for a baseline. */
    String paper();

    /** Returns what has to be known besides the weights. */
    default Set<Evidence> needs() {
        return Set.of();
    }

    /** Returns what has to be known to score units of a kind; the same for all, unless whole structures are judged by something else. */
    default Set<Evidence> needs(UnitKind kind) {
        return needs();
    }

    /**
     * Says whether channels, heads or branches are scored once each, by what is known of them as a whole; the unit then has no weights.
     * Otherwise channels and heads are scored slice by slice of the matrices that are cut with them, and branches by all their weights.
     */
    default boolean judgesWhole(UnitKind kind) {
        return needs(kind).stream().anyMatch(Evidence::isOfWholes);
    }

    /**
     * Scores one unit; what scores lowest is pruned first. Scores of units of different sizes must be comparable: a mean over the
     * weights rather than a sum. Called by several threads at once.
     */
    double score(Unit unit);

    /** Returns why units of a kind cannot be scored; empty when they can. By default what follows from the needs. */
    default Optional<String> refuses(UnitKind kind) {
        return needs(kind).stream().flatMap(need -> need.refuses(kind).stream()).findFirst();
    }

    /** Says whether scores may be negative. Units that are zero already go first all the same. */
    default boolean isSigned() {
        return false;
    }

    /**
     * Says whether scores of different layers measure the same thing, such as a change of the loss, so that they are compared as they are;
     * otherwise a channel's score counts relative to the mean of its layer.
     */
    default boolean isAbsolute() {
        return false;
    }

    /** Says whether scores of a layer compare with others' only relative to all that are not smaller, as {@code lamp}'s do. */
    default boolean isLayerAdaptive() {
        return false;
    }

    /** Says whether a single weight's score orders like its magnitude, which then need not be computed. */
    default boolean ranksWeightsByMagnitude() {
        return false;
    }

    /** Returns the label of the allocation that the paper prunes single weights by. */
    default String allocation() {
        return "uniform";
    }

    /** Says whether data is needed to collect the evidence. */
    default boolean needsData() {
        return needs().stream().anyMatch(Evidence::needsData);
    }
}
