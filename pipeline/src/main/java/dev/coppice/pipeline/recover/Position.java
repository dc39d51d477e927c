package dev.coppice.pipeline.recover;

import dev.coppice.ir.BadInputException;
import dev.coppice.train.Checkpoint;

/**
 * How far training has come.
 *
 * @param stage number of the stage, counted from 0
 * @param step the next step within the stage, counted from 0
 */
public record Position(int stage, long step) {

    static final Position START = new Position(0, 0);

    /** Returns where training stood when a checkpoint was made; throws {@link BadInputException} when it does not say so. */
    public static Position of(Checkpoint checkpoint) {
        try {
            return new Position(
                    Integer.parseInt(checkpoint.notes().getOrDefault("stage", "")),
                    Long.parseLong(checkpoint.notes().getOrDefault("step", "")));
        } catch (NumberFormatException e) {
            throw new BadInputException(
                    "the checkpoint does not say where training stood", "begin anew in another directory: --run", e);
        }
    }
}
