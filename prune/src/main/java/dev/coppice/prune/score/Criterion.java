package dev.coppice.prune.score;

import dev.coppice.ir.UsageException;
import java.util.List;
import java.util.stream.Collectors;

/** A rule that says how much a network would miss a unit: a pure function of the unit and of the {@linkplain #needs evidence}. */
public sealed interface Criterion permits RandomCriterion, L1Criterion, L2Criterion {

    /** Returns all criteria, in the order in which they are listed to users. */
    static List<Criterion> all() {
        return List.of(new RandomCriterion(), new L1Criterion(), new L2Criterion());
    }

    /** Returns the criterion of this label; throws {@link UsageException} when there is none. */
    static Criterion named(String label) {
        return all().stream()
                .filter(criterion -> criterion.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new UsageException(
                        "unknown criterion '" + label + "'",
                        "known are " + all().stream().map(Criterion::label).collect(Collectors.joining(", "))));
    }

    /** Returns the name that users give. */
    String label();

    /** Returns where it was published; empty for a baseline. */
    String paper();

    default Evidence needs() {
        return Evidence.WEIGHTS;
    }

    /** Says whether a single weight's score orders like its magnitude, which then need not be computed. */
    boolean ranksWeightsByMagnitude();

    /** Binds the criterion to the weight matrix of this name. */
    Scorer scorer(String parameter, long seed);
}
