package dev.coppice.pipeline.recover;

import dev.coppice.pipeline.progress.Progress;

/** Asks training to stop after some steps. */
final class StopAfter implements Progress {
    private int left;

    StopAfter(int left) {
        this.left = left;
    }

    @Override
    public void update(Event event) {}

    @Override
    public boolean stopRequested() {
        return left-- <= 0;
    }
}
