package dev.coppice.pipeline.progress;

/** Hears how far long work has come, and may ask it to stop. Called from the working thread, up to a few hundred times a second. */
@FunctionalInterface
public interface Progress {

    /** Ignores every report. */
    Progress NONE = (_, _, _) -> {};

    /**
     * Reports the state of one stage.
     *
     * @param stage what is being done, such as {@code evaluate}
     * @param done units finished so far
     * @param total units in all; 0 when that is not known
     */
    void update(String stage, long done, long total);

    /** Says whether the work should stop as soon as it has put its state away. */
    default boolean stopRequested() {
        return false;
    }
}
