package dev.coppice.prune.allocate;

import dev.coppice.ir.UsageException;
import java.util.Arrays;
import java.util.stream.Collectors;

/** How a budget is shared out among weights. */
public enum Allocation {
    UNIFORM("uniform", "", "the same share of every weight matrix"),
    ROW_UNIFORM("row-uniform", "", "the same share of every row of every matrix"),
    GLOBAL("global", "Han et al. 2015", "the lowest scores of all matrices together"),
    ERK("erk", "Evci et al. 2020", "density in proportion to sum over product of the dimensions"),
    LAMP("lamp", "Lee et al. 2021", "scores relative to what is left of their matrix, lowest of all together"),
    OWL("owl", "Yin et al. 2024", "more of the matrices whose products with their inputs have more outliers"),
    SENSITIVITY("sensitivity", "Han et al. 2015", "what costs least by measured curves, one for each layer");

    private final String label;
    private final String paper;
    private final String summary;

    Allocation(String label, String paper, String summary) {
        this.label = label;
        this.paper = paper;
        this.summary = summary;
    }

    /** Returns the allocation of this label; throws {@link UsageException} when there is none. */
    public static Allocation named(String label) {
        return Arrays.stream(values())
                .filter(allocation -> allocation.label.equals(label))
                .findFirst()
                .orElseThrow(() -> new UsageException(
                        "unknown allocation '" + label + "'",
                        "known are "
                                + Arrays.stream(values()).map(Allocation::label).collect(Collectors.joining(", "))));
    }

    /** Returns the name that users give. */
    public String label() {
        return label;
    }

    /** Returns where it was published; empty when it is common practice. */
    public String paper() {
        return paper;
    }

    /** Returns what it does, in a few words. */
    public String summary() {
        return summary;
    }
}
