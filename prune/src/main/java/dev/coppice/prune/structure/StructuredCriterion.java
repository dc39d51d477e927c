package dev.coppice.prune.structure;

import dev.coppice.ir.UsageException;
import java.util.Arrays;
import java.util.stream.Collectors;

/** A rule that says how much a network would miss a unit, by all that is coupled to it. */
public enum StructuredCriterion {
    RANDOM("random", "", false),
    L1("l1", "Li et al. 2017; Fang et al. 2023", false),
    L2("l2", "Fang et al. 2023, DepGraph, section 3.3", false),
    WANDA("wanda", "Sun et al. 2024, section 3, summed over the outgoing weights of a unit", true);

    private final String label;
    private final String paper;
    private final boolean activations;

    StructuredCriterion(String label, String paper, boolean activations) {
        this.label = label;
        this.paper = paper;
        this.activations = activations;
    }

    /** Returns the criterion of this label; throws {@link UsageException} when there is none. */
    public static StructuredCriterion named(String label) {
        return Arrays.stream(values())
                .filter(criterion -> criterion.label.equals(label))
                .findFirst()
                .orElseThrow(() -> new UsageException(
                        "unknown criterion '" + label + "' for whole channels, heads or layers",
                        "known are " + Arrays.stream(values()).map(c -> c.label).collect(Collectors.joining(", "))));
    }

    public String label() {
        return label;
    }

    /** Returns where it was published; empty for a baseline. */
    public String paper() {
        return paper;
    }

    /** Says whether it needs activations on data. */
    public boolean needsActivations() {
        return activations;
    }
}
