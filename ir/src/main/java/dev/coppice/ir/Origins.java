package dev.coppice.ir;

import java.lang.foreign.MemorySegment;
import java.util.IdentityHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Remembers the encoded form of each element as it was read, by identity. Elements are immutable, so one that is still the
 * same object is written by copying that form verbatim: what was not touched cannot be lost, and cannot grow.
 */
public final class Origins {

    private final IdentityHashMap<Object, MemorySegment> encoded = new IdentityHashMap<>();

    private boolean reordered;

    /** Notes that nodes stood before others whose values they use, and have been sorted. */
    public void noteReordered() {
        reordered = true;
    }

    /** Says whether nodes were sorted as the model was read. */
    public boolean isReordered() {
        return reordered;
    }

    /** Records the encoded form of a freshly decoded element and returns the element. */
    public <T> T put(T element, MemorySegment bytes) {
        encoded.put(element, bytes);
        return element;
    }

    /** Returns the encoded form, or null for an element that was made or changed since. */
    public @Nullable MemorySegment of(Object element) {
        return encoded.get(element);
    }
}
