package dev.coppice.prune.dead;

import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Tensor;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;

/**
 * Finds which indices of a constant's axes hold a number other than zero. Reads no more than it needs: a few rows say that every column
 * is occupied, and the first elements of a row that the row is.
 */
final class Occupancy {

    /** Elements of a row to look at first: among so many there is a number other than zero in most. */
    private static final int FEW = 16;

    private static final int CHUNK = 1 << 14;
    private static final int RELEASED = 1 << 16;

    private final Tensor tensor;
    private final int[] dims;
    private final List<BitSet> skipped;
    private final List<BitSet> occupied = new ArrayList<>();
    private final float[] buffer;
    private final double[] wide;

    private Occupancy(Tensor tensor, List<BitSet> skipped) {
        this.tensor = tensor;
        this.dims = tensor.dims().isEmpty()
                ? new int[] {1}
                : tensor.dims().stream().mapToInt(Math::toIntExact).toArray();
        this.skipped = skipped.isEmpty() ? Collections.nCopies(dims.length, new BitSet()) : skipped;
        for (int i = 0; i < dims.length; i++) {
            occupied.add(new BitSet(dims[i]));
        }
        this.buffer = new float[CHUNK];
        this.wide = new double[tensor.type() == DType.DOUBLE ? CHUNK : 0];
    }

    /** Returns for each axis the indices with a non-zero element that is at no skipped index; none are skipped when the list is empty. */
    static List<BitSet> of(Tensor tensor, List<BitSet> skipped) {
        var occupancy = new Occupancy(tensor, skipped);
        if (tensor.size() > 0) {
            occupancy.scan();
            occupancy.release();
        }
        return occupancy.occupied;
    }

    /** Counts the non-zero elements that are at no skipped index. */
    static long count(Tensor tensor, List<BitSet> skipped) {
        var occupancy = new Occupancy(tensor, skipped);
        long count = tensor.size() == 0 ? 0 : occupancy.count();
        occupancy.release();
        return count;
    }

    /** Keeps the resident memory small: pages of the mapped model that have been looked at may go. */
    private void release() {
        var bytes = Elements.bytes(tensor);
        if (bytes.isMapped() && bytes.byteSize() >= RELEASED) {
            bytes.unload();
        }
    }

    private void scan() {
        int last = dims.length - 1;
        var index = new int[dims.length];
        long rows = tensor.size() / dims[last];
        boolean columnsDone = columnsDone();
        for (long row = 0; row < rows; row++) {
            if (!isSkipped(index) && !(columnsDone && isOccupied(index))) {
                boolean any = columnsDone ? first(row * dims[last]) : columns(row * dims[last]);
                if (any) {
                    for (int axis = 0; axis < last; axis++) {
                        occupied.get(axis).set(index[axis]);
                    }
                }
                columnsDone = columnsDone || columnsDone();
            }
            advance(index);
        }
    }

    private long count() {
        int last = dims.length - 1;
        var index = new int[dims.length];
        long rows = tensor.size() / dims[last];
        long count = 0;
        for (long row = 0; row < rows; row++) {
            if (!isSkipped(index)) {
                for (int from = 0; from < dims[last]; from += CHUNK) {
                    int length = Math.min(CHUNK, dims[last] - from);
                    read(row * dims[last] + from, length);
                    for (int i = 0; i < length; i++) {
                        count += buffer[i] != 0 && !skipped.get(last).get(from + i) ? 1 : 0;
                    }
                }
            }
            advance(index);
        }
        return count;
    }

    private boolean columnsDone() {
        int last = dims.length - 1;
        return occupied.get(last).cardinality() + skipped.get(last).cardinality() == dims[last];
    }

    private boolean isSkipped(int[] index) {
        for (int axis = 0; axis < dims.length - 1; axis++) {
            if (skipped.get(axis).get(index[axis])) {
                return true;
            }
        }
        return false;
    }

    private boolean isOccupied(int[] index) {
        for (int axis = 0; axis < dims.length - 1; axis++) {
            if (!occupied.get(axis).get(index[axis])) {
                return false;
            }
        }
        return true;
    }

    /** Counts up all axes but the last. */
    private void advance(int[] index) {
        for (int axis = dims.length - 2; axis >= 0; axis--) {
            if (++index[axis] < dims[axis]) {
                return;
            }
            index[axis] = 0;
        }
    }

    /** Says whether the row at element {@code start} has a non-zero. */
    private boolean first(long start) {
        int last = dims.length - 1;
        int length = FEW;
        for (int from = 0; from < dims[last]; from += length, length = Math.min(2 * length, CHUNK)) {
            length = Math.min(length, dims[last] - from);
            read(start + from, length);
            for (int i = 0; i < length; i++) {
                if (buffer[i] != 0 && !skipped.get(last).get(from + i)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Marks the columns that are occupied in a row, and says whether any is. */
    private boolean columns(long start) {
        int last = dims.length - 1;
        var columns = occupied.get(last);
        boolean any = false;
        for (int from = 0; from < dims[last]; from += CHUNK) {
            int length = Math.min(CHUNK, dims[last] - from);
            read(start + from, length);
            for (int i = 0; i < length; i++) {
                if (buffer[i] != 0 && !skipped.get(last).get(from + i)) {
                    columns.set(from + i);
                    any = true;
                }
            }
        }
        return any;
    }

    private void read(long from, int count) {
        if (tensor.type() != DType.DOUBLE) {
            Elements.floats(tensor, from, buffer, count);
            return;
        }
        // A tiny double must not round to zero.
        Elements.doubles(tensor, from, wide, count);
        for (int i = 0; i < count; i++) {
            buffer[i] = wide[i] == 0 ? 0 : 1;
        }
    }
}
