package dev.coppice.pipeline.recover;

import java.util.OptionalInt;

/** Ends a stage of training whose mean loss no longer falls. */
final class Patience {

    private final OptionalInt most;
    private double best = Double.POSITIVE_INFINITY;
    private double sum;
    private long count;
    private int waited;

    /** @param most epochs without a better mean loss; empty to wait for ever */
    Patience(OptionalInt most) {
        this.most = most;
    }

    /** Goes on from a {@link #state()}; from nothing where there is none. */
    static Patience of(OptionalInt most, String state) {
        var patience = new Patience(most);
        var parts = state.split(" ", -1);
        if (parts.length == 4) {
            patience.best = Double.parseDouble(parts[0]);
            patience.sum = Double.parseDouble(parts[1]);
            patience.count = Long.parseLong(parts[2]);
            patience.waited = Integer.parseInt(parts[3]);
        }
        return patience;
    }

    /** Returns all that was seen, exactly, in one line. */
    String state() {
        return best + " " + sum + " " + count + " " + waited;
    }

    void add(double loss) {
        sum += loss;
        count++;
    }

    void endEpoch() {
        double mean = sum / count;
        waited = mean < best ? 0 : waited + 1;
        best = Math.min(best, mean);
        sum = 0;
        count = 0;
    }

    boolean isExhausted() {
        return most.isPresent() && waited >= most.getAsInt();
    }
}
