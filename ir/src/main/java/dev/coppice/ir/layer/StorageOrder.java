package dev.coppice.ir.layer;

import dev.coppice.ir.Elements;
import dev.coppice.ir.Mask;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.weight.Weight;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The elements of a weight in the order in which they are stored, whatever order the operator sees them in. A weight that is
 * its whole tensor, perhaps transposed or reshaped, is one run of memory; a slice of a tensor is several.
 */
public final class StorageOrder {

    private final Weight weight;
    private final long[] dims; // outermost first; neighbours that form one run are merged
    private final long[] strides; // falling
    private final long size;

    private StorageOrder(Weight weight, List<long[]> merged) {
        this.weight = weight;
        this.dims = merged.stream().mapToLong(d -> d[0]).toArray();
        this.strides = merged.stream().mapToLong(d -> d[1]).toArray();
        this.size = weight.size();
    }

    public static StorageOrder of(Weight weight) {
        var merged = new ArrayList<long[]>();
        for (var dim : byStride(weight)) {
            var outer = merged.isEmpty() ? null : merged.getLast();
            if (outer != null && outer[1] == dim[0] * dim[1]) {
                merged.set(merged.size() - 1, new long[] {outer[0] * dim[0], dim[1]});
            } else {
                merged.add(dim);
            }
        }
        if (merged.isEmpty()) {
            merged.add(new long[] {1, 1});
        }
        return new StorageOrder(weight, merged);
    }

    /** Says whether each element of the weight is stored for itself, so that pruning it touches no other. */
    public static boolean isOneToOne(Weight weight) {
        long span = 1;
        for (var dim : byStride(weight).reversed()) {
            if (dim[1] < span) {
                return false;
            }
            span = (dim[0] - 1) * dim[1] + span;
        }
        return true;
    }

    private static List<long[]> byStride(Weight weight) {
        return IntStream.range(0, weight.dims().size())
                .mapToObj(
                        d -> new long[] {weight.dims().get(d), weight.strides().get(d)})
                .filter(d -> d[0] != 1)
                .sorted(Comparator.comparingLong((long[] d) -> d[1]).reversed())
                .toList();
    }

    /** Says whether both are made of the same stored elements, whatever shapes they are seen in. */
    @SuppressWarnings("ReferenceEquality") // equal tensors in two places are still two tensors
    public boolean holdsTheSameAs(StorageOrder other) {
        return source() == other.source()
                && weight.offset() == other.weight.offset()
                && Arrays.equals(dims, other.dims)
                && Arrays.equals(strides, other.strides);
    }

    /** Returns the number of weights. */
    public long size() {
        return size;
    }

    public Tensor source() {
        return weight.source();
    }

    /** Returns the index in the stored tensor of the weight of this rank. */
    public long element(long rank) {
        long at = weight.offset();
        long rest = rank;
        for (int d = dims.length - 1; d >= 0; d--) {
            at += rest % dims[d] * strides[d];
            rest /= dims[d];
        }
        return at;
    }

    /** Reads the weights of ranks {@code from .. from + count - 1}; float64 is rounded. */
    public void floats(long from, float[] into, int count) {
        int first = run(from, count);
        Elements.floats(source(), element(from), into, first);
        if (first < count) {
            var part = new float[count];
            for (int done = first, n; done < count; done += n) {
                n = run(from + done, count - done);
                Elements.floats(source(), element(from + done), part, n);
                System.arraycopy(part, 0, into, done, n);
            }
        }
    }

    /** Reads as {@link #floats}, exactly for float64 too. */
    public void doubles(long from, double[] into, int count) {
        int first = run(from, count);
        Elements.doubles(source(), element(from), into, first);
        if (first < count) {
            var part = new double[count];
            for (int done = first, n; done < count; done += n) {
                n = run(from + done, count - done);
                Elements.doubles(source(), element(from + done), part, n);
                System.arraycopy(part, 0, into, done, n);
            }
        }
    }

    /** Returns how many of {@code count} weights from rank {@code from} on are stored without a gap. */
    private int run(long from, int count) {
        int last = dims.length - 1;
        return strides[last] == 1 ? (int) Math.min(count, dims[last] - from % dims[last]) : 1;
    }

    /** Turns a mask of ranks into one of the stored tensor; the same object when they are the same. */
    public Mask inSource(Mask ranks) {
        if (size == source().size()) {
            return ranks;
        }
        var mask = new Mask(source().size());
        for (long rank = 0; rank < size; rank++) {
            if (ranks.isPruned(rank)) {
                mask.prune(element(rank));
            }
        }
        return mask;
    }
}
