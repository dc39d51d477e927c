package dev.coppice.pipeline.progress;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** Hears how far long work has come, and may ask it to stop. Called from the working thread, up to a few hundred times a second. */
@FunctionalInterface
public interface Progress {

    /** Ignores every report. */
    Progress NONE = _ -> {};

    /** What is known of training on its way. */
    enum Figure {
        /** Which step of pruning the training follows, from 1, and how many there are. */
        PRUNING_STEP,
        PRUNING_STEPS,
        LOSS,
        /** A share. */
        ACCURACY,
        /** The share of zeros. */
        SPARSITY,
        SECONDS_LEFT,
        LEARNING_RATE
    }

    /**
     * The state of one stage.
     *
     * @param stage what is being done, such as {@code evaluate}
     * @param done units finished so far
     * @param total units in all; 0 when that is not known
     * @param unit what is counted, such as {@code samples}; empty where nothing is
     * @param figures what is known so far, in the order in which it is to be read
     */
    record Event(String stage, long done, long total, String unit, Map<Figure, Double> figures) {
        public Event {
            figures = Collections.unmodifiableMap(new LinkedHashMap<>(figures));
        }
    }

    void update(Event event);

    /** Reports that a stage has begun whose length is not known. */
    default void begin(String stage) {
        update(stage, 0, 0, "");
    }

    /** Reports a stage about which there are no figures. */
    default void update(String stage, long done, long total, String unit) {
        update(new Event(stage, done, total, unit, Map.of()));
    }

    /** Says whether the work should stop as soon as it has put its state away. */
    default boolean stopRequested() {
        return false;
    }
}
