package dev.coppice.pipeline.recover;

import java.util.Locale;
import java.util.Optional;

/** Tells whether a stage of training did harm: whether its loss was clearly higher at the end than at the beginning. */
final class LossTrend {

    private static final int FEWEST = 5; // steps of which a mean says something
    private static final double RISE = 1.5;

    private final long steps;
    private final long window;
    private double first;
    private double last;
    private long seenFirst;
    private long seenLast;

    /** @param steps of the stage, of which a tenth is compared with a tenth */
    LossTrend(long steps) {
        this.steps = steps;
        this.window = Math.max(FEWEST, steps / 10);
    }

    /** Goes on from a {@link #state()}; from nothing where there is none. */
    static LossTrend of(long steps, String state) {
        var trend = new LossTrend(steps);
        var parts = state.split(" ", -1);
        if (parts.length == 4) {
            trend.first = Double.parseDouble(parts[0]);
            trend.seenFirst = Long.parseLong(parts[1]);
            trend.last = Double.parseDouble(parts[2]);
            trend.seenLast = Long.parseLong(parts[3]);
        }
        return trend;
    }

    /** Returns all that was added, exactly, in one line. */
    String state() {
        return first + " " + seenFirst + " " + last + " " + seenLast;
    }

    void add(long step, double loss) {
        if (step < window) {
            first += loss;
            seenFirst++;
        } else if (step >= steps - window) {
            last += loss;
            seenLast++;
        }
    }

    /** Returns a sentence for people when the loss rose; empty, too, for stages too short to tell or seen in part only. */
    Optional<String> rise(double rate) {
        double before = first / window;
        double after = last / window;
        boolean whole = seenFirst == window && seenLast == window;
        if (!whole || !(after > RISE * before)) {
            return Optional.empty();
        }
        return Optional.of(String.format(
                Locale.ROOT,
                "training made it worse: the mean loss rose from %.4g (first %d steps) to %.4g (last %d); "
                        + "a lower --lr than %s helps",
                before,
                window,
                after,
                window,
                rate));
    }
}
