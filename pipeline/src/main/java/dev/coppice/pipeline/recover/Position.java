package dev.coppice.pipeline.recover;

/**
 * How far training has come.
 *
 * @param stage number of the pruning step that is being recovered from, counted from 0
 * @param step the next step within the stage, counted from 0
 */
record Position(int stage, long step) {

    static final Position START = new Position(0, 0);
}
