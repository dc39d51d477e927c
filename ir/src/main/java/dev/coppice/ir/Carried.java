package dev.coppice.ir;

import java.lang.foreign.MemorySegment;

/**
 * Holds the parts of an element that Coppice does not interpret (documentation, metadata, fields of future format versions)
 * in their encoded form, so that rewriting the element loses none of them.
 */
public record Carried(MemorySegment fields) {

    public static final Carried NOTHING = new Carried(MemorySegment.NULL);
}
