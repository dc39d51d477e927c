package dev.coppice.pipeline.data;

import dev.coppice.ir.DType;
import dev.coppice.pipeline.data.file.TensorMemory;
import dev.coppice.runtime.ort.HostTensor;
import java.lang.foreign.Arena;
import java.util.Arrays;

/** Tensors outside the heap that are freed together when this is closed: what makes batch after batch would outpace the garbage collector. */
public final class TensorArena implements TensorMemory, AutoCloseable {

    /** A cache line, and what the widest vector instructions like. */
    private static final int ALIGNMENT = 64;

    private final Arena arena = Arena.ofShared();

    @Override
    public HostTensor allocate(DType type, long... dims) {
        long size = Arrays.stream(dims).reduce(1, Math::multiplyExact);
        var bytes = arena.allocate(type.bytes(size), ALIGNMENT);
        return HostTensor.wrap(type, bytes.asByteBuffer(), dims);
    }

    @Override
    public void close() {
        arena.close();
    }
}
