package dev.coppice.pipeline.recover;

import dev.coppice.ir.UsageException;
import dev.coppice.train.LrSchedule;
import dev.coppice.train.LrSchedule.Kind;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** How weights are retrained after a step of pruning: the menu of Le & Hua 2021 ("Network Pruning That Matters", section 3). */
public enum Retrain {
    /** A constant, small rate: fine-tuning as it was done first (Han et al. 2015). */
    CONSTANT(Kind.CONSTANT, 0),
    /** The last part of the schedule that the dense model was trained with (Renda et al. 2020). */
    LR_REWIND(Kind.REWOUND, 0),
    /** That whole schedule, compressed, after a short warm-up. */
    SCALED_RESTART(Kind.STEP, 0.1),
    /** Cosines with warm restarts. */
    CYCLIC(Kind.CYCLIC, 0),
    /** Up and down once. */
    ONE_CYCLE(Kind.ONE_CYCLE, 0),
    /** Weights go back to their first values, or to an early state's, and learn anew (Frankle & Carbin 2019). */
    WEIGHT_REWIND(Kind.STEP, 0.1);

    private final Kind kind;
    private final double warmUp;

    Retrain(Kind kind, double warmUp) {
        this.kind = kind;
        this.warmUp = warmUp;
    }

    public LrSchedule schedule() {
        var plain = LrSchedule.of(kind);
        return new LrSchedule(kind, warmUp, plain.cycles());
    }

    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Reads a name such as {@code one-cycle}; throws {@link UsageException} for another. */
    public static Retrain named(String name) {
        return Stream.of(values())
                .filter(retrain -> retrain.label().equals(name))
                .findFirst()
                .orElseThrow(() -> new UsageException(
                        "unknown way to retrain '" + name + "'",
                        "choose one of "
                                + Stream.of(values()).map(Retrain::label).collect(Collectors.joining(", "))));
    }
}
