package dev.coppice.ir;

import java.lang.foreign.MemorySegment;
import java.util.List;

/** Where a tensor's elements are: little-endian bytes in storage order (row-major), or strings. */
public sealed interface TensorData {

    /** Elements inside the model file (mapped) or in memory. */
    record Bytes(MemorySegment bytes) implements TensorData {
        public Bytes {
            bytes = bytes.asReadOnly();
        }
    }

    /** Elements in a file beside the model (mapped); {@code offset} and {@code bytes.byteSize()} locate them in it. */
    record External(String location, long offset, MemorySegment bytes) implements TensorData {}

    /** The elements of {@code base} with zeros where the mask prunes; the zeros are put in while writing or reading. */
    record Masked(TensorData base, Mask mask) implements TensorData {}

    /** UTF-8 strings. */
    record Strings(List<MemorySegment> strings) implements TensorData {
        public Strings {
            strings = List.copyOf(strings);
        }
    }
}
