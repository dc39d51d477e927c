package dev.coppice.prune.dead;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a value: all elements at index {@code i} of one axis are {@code values[i]}, whatever the model's inputs are; NaN
 * where they are not the same.
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Channels(int axis, double[] values) {

    /** Returns the channels rounded to float32, as a runtime stores them; null when none is constant. */
    static @Nullable Channels of(int axis, double[] values) {
        boolean any = false;
        for (int i = 0; i < values.length; i++) {
            values[i] = Double.isFinite(values[i]) ? (float) values[i] : Double.NaN;
            any |= !Double.isNaN(values[i]);
        }
        return any ? new Channels(axis, values) : null;
    }

    /** Returns these channels, with those that are not zero taken for varying. */
    @Nullable
    Channels zeros() {
        return of(axis, Arrays.stream(values).map(v -> v == 0 ? 0 : Double.NaN).toArray());
    }

    static double[] varying(int count) {
        var values = new double[count];
        Arrays.fill(values, Double.NaN);
        return values;
    }
}
