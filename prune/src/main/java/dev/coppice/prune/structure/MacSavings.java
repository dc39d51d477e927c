package dev.coppice.prune.structure;

import dev.coppice.prune.group.Group;
import dev.coppice.prune.group.Removal;

/** Tells what a removal saves of a model's multiply-accumulates. */
@FunctionalInterface
public interface MacSavings {

    /** Returns the share of the dense model's multiply-accumulates that is left, 0 to 1. */
    double left(Removal removal);

    /** Says whether all of a group's products are counted; those of values whose size is not known are not. */
    default boolean isCounted(Group group) {
        return true;
    }
}
