package dev.coppice.pipeline.evidence;

import dev.coppice.pipeline.data.Batch;
import dev.coppice.runtime.ort.HostTensor;
import java.util.List;

/**
 * Tells which parts of a batch's values count: no copies that fill up a fixed batch, and no padding of texts, wherever a value
 * keeps samples and positions: {@code [B,S,..]}, {@code [B,H,S,..]}, {@code [S,B,..]}, {@code [B*S,..]}, {@code [B*H,S,..]}.
 */
final class Positions {

    private final Batch batch;

    /** How many neighbouring elements share a sample, and how many samples there are before they repeat. */
    private final long sampleStride;

    private final long samples;

    /** The same for positions of a text; a size of 0 says that the value has none. */
    private final long positionStride;

    private final long positions;

    private Positions(Batch batch, long sampleStride, long samples, long positionStride, long positions) {
        this.batch = batch;
        this.sampleStride = sampleStride;
        this.samples = samples;
        this.positionStride = positionStride;
        this.positions = positions;
    }

    static Positions of(Batch batch, List<Long> dims) {
        long size = dims.stream().reduce(1L, Math::multiplyExact);
        long rows = batch.samples();
        long length = 0;
        for (HostTensor input : batch.inputs().values()) {
            rows = Math.max(rows, input.dims().isEmpty() ? 1 : input.dims().getFirst());
            if (!batch.lengths().isEmpty() && input.dims().size() > 1) {
                length = Math.max(length, input.dims().get(1));
            }
        }
        if (dims.isEmpty() || size == 0) {
            return new Positions(batch, 1, 0, 1, 0);
        }
        long first = dims.getFirst();
        if (length > 1 && first == length && first != rows && dims.size() > 1 && dims.get(1) == rows) {
            return new Positions(batch, stride(dims, 1), rows, stride(dims, 0), length);
        }
        if (first % rows != 0) {
            return new Positions(batch, 1, 0, 1, 0);
        }
        // Each sample has so many elements in a row, whatever else is merged with the first axis.
        long each = size / rows;
        if (length > 1 && first == rows * length) {
            return new Positions(batch, each, rows, each / length, length);
        }
        for (int axis = 1; length > 1 && axis < Math.min(3, dims.size() - 1); axis++) {
            if (dims.get(axis) == length) {
                return new Positions(batch, each, rows, stride(dims, axis), length);
            }
        }
        return new Positions(batch, each, rows, 1, 0);
    }

    private static long stride(List<Long> dims, int axis) {
        return dims.subList(axis + 1, dims.size()).stream().reduce(1L, Math::multiplyExact);
    }

    /** Returns how many elements in a row, from a multiple of this number on, count or do not count together; at least 1. */
    long run() {
        if (samples == 0) {
            return Integer.MAX_VALUE;
        }
        return Math.max(1, positions == 0 ? sampleStride : Math.min(sampleStride, positionStride));
    }

    /** Says whether an element counts, given its number in storage order. */
    boolean counts(long element) {
        if (samples == 0) {
            return true;
        }
        long sample = element / sampleStride % samples;
        if (sample >= batch.samples()) {
            return false;
        }
        return positions == 0
                || element / positionStride % positions < batch.lengths().get((int) sample);
    }
}
