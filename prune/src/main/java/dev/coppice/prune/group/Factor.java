package dev.coppice.prune.group;

import java.util.Arrays;

/** A part of an axis: its index is that of the outer parts times this one's size plus this one's. */
sealed interface Factor {

    /** A size that is not known; equal ids are equal sizes. */
    record Open(Object id) implements Factor {}

    /** Indices that all must stay. */
    record Fixed(int size, Reason reason) implements Factor {}

    /** Indices with a label each. */
    @SuppressWarnings("ArrayRecordComponent") // never compared, and shared by many axes
    record Live(int[] labels) implements Factor {

        @Override
        public String toString() {
            return Arrays.toString(labels);
        }
    }

    /** Returns the number of indices; throws {@link IllegalStateException} when it is not known. */
    default int length() {
        return switch (this) {
            case Open _ -> throw new IllegalStateException("an open size");
            case Fixed(int size, var _) -> size;
            case Live(int[] labels) -> labels.length;
        };
    }

    default boolean isOpen() {
        return this instanceof Open;
    }
}
