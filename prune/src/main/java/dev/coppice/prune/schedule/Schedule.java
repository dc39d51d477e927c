package dev.coppice.prune.schedule;

import dev.coppice.ir.UsageException;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** How sparsity rises from nothing to its final value over several steps of pruning. */
public enum Schedule {
    /** All at once. */
    ONE_SHOT {
        @Override
        double reached(double last, double time) {
            return last;
        }
    },
    /** The same share of all weights at every step. */
    LINEAR {
        @Override
        double reached(double last, double time) {
            return last * time;
        }
    },
    /** Much at first, less and less towards the end (Zhu & Gupta 2017, equation 1). */
    CUBIC {
        @Override
        double reached(double last, double time) {
            double left = 1 - time;
            return last * (1 - left * left * left);
        }
    },
    /** The same share of the weights that are left at every step (Frankle & Carbin 2019, section 2). */
    GEOMETRIC {
        @Override
        double reached(double last, double time) {
            return 1 - Math.pow(1 - last, time);
        }
    };

    /** Returns the sparsity after the share {@code time} of the steps; {@code last} after all of them. */
    abstract double reached(double last, double time);

    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Reads a name such as {@code one-shot}; throws {@link UsageException} for another. */
    public static Schedule named(String name) {
        return Stream.of(values())
                .filter(schedule -> schedule.label().equals(name))
                .findFirst()
                .orElseThrow(() -> new UsageException(
                        "unknown schedule '" + name + "'",
                        "choose one of "
                                + Stream.of(values()).map(Schedule::label).collect(Collectors.joining(", "))));
    }

    /**
     * Returns the sparsity after each step; the last one is exactly {@code last}.
     *
     * @param last the final sparsity, from 0 to below 1
     * @param steps how many; {@link #ONE_SHOT} takes 1
     * @throws UsageException when the schedule cannot have so many steps
     */
    public List<Double> sparsities(double last, int steps) {
        if (steps < 1 || steps > 10_000) {
            throw new UsageException(steps + " steps of pruning", "give 1 or more");
        }
        if (this == ONE_SHOT && steps != 1) {
            throw new UsageException(
                    "one-shot pruning in " + steps + " steps", "choose the schedule linear, cubic or geometric");
        }
        return IntStream.rangeClosed(1, steps)
                .mapToObj(step -> step == steps ? last : reached(last, (double) step / steps))
                .toList();
    }
}
