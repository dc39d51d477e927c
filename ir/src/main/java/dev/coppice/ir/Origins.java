package dev.coppice.ir;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Remembers the encoded form of each element as it was read, by identity. Elements are immutable, so one that is still the
 * same object is written by copying that form verbatim: what was not touched cannot be lost, and cannot grow. Remembers the files, too.
 */
public final class Origins {

    private final IdentityHashMap<Object, MemorySegment> encoded = new IdentityHashMap<>();

    private final List<SourceFile> files = new ArrayList<>();

    /** Records a file that the model lies in. */
    public void put(SourceFile file) {
        files.add(file);
    }

    /** Returns the files that the model was read from, its own first, then those of external data; none for one made in memory. */
    public List<SourceFile> files() {
        return List.copyOf(files);
    }

    /**
     * Says when elements that are mapped can no longer be trusted.
     *
     * @throws BadModelException when one of the files was written to since it was read
     */
    public void requireUnchanged() {
        for (var file : files) {
            if (file.isRewritten()) {
                throw new BadModelException(
                        file.path() + " was changed while it was in use", "let nothing write to it, and start again");
            }
        }
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
