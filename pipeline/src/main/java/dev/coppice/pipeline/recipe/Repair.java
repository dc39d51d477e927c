package dev.coppice.pipeline.recipe;

import dev.coppice.ir.UsageException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Ways to repair a pruned model on calibration data, without gradients and labels; carried out in this order. */
public enum Repair {
    LEAST_SQUARES("least-squares"),
    BIAS("bias"),
    BATCH_NORM("batch-norm");

    private final String label;

    Repair(String label) {
        this.label = label;
    }

    /** Returns the name by which users ask for it. */
    public String label() {
        return label;
    }

    /** Returns the repair of this name; throws {@link UsageException} when there is none. */
    static Repair named(String name) {
        return Arrays.stream(values())
                .filter(repair -> repair.label.equals(name.toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new UsageException(
                        "unknown repair '" + name + "'", "choose of " + String.join(", ", labels())));
    }

    private static List<String> labels() {
        return Arrays.stream(values()).map(Repair::label).toList();
    }
}
