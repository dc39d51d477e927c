package dev.coppice.ir.weight;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/** Computes views the naive way: an array of storage indices that is moved element by element. */
record Materialised(List<Long> dims, long[] indices) {

    /** Returns a stored tensor: element {@code i} is index {@code i}. */
    static Materialised stored(long... dims) {
        long size = Arrays.stream(dims).reduce(1, (a, b) -> a * b);
        return new Materialised(
                Arrays.stream(dims).boxed().toList(), LongStream.range(0, size).toArray());
    }

    /** Returns what a resolved weight says of itself, element by element. */
    static Materialised of(Weight weight) {
        var all = stored(weight.dims().stream().mapToLong(Long::longValue).toArray());
        long[] indices = new long[all.indices.length];
        for (int i = 0; i < indices.length; i++) {
            long index = weight.offset();
            long[] position = position(i, weight.dims());
            for (int axis = 0; axis < position.length; axis++) {
                index += position[axis] * weight.strides().get(axis);
            }
            indices[i] = index;
        }
        return new Materialised(weight.dims(), indices);
    }

    Materialised transposed(int... perm) {
        var moved = new ArrayList<Long>();
        for (int axis : perm) {
            moved.add(dims.get(axis));
        }
        return gathered(moved, position -> {
            long[] source = new long[perm.length];
            for (int axis = 0; axis < perm.length; axis++) {
                source[perm[axis]] = position[axis];
            }
            return source;
        });
    }

    Materialised reshaped(long... newDims) {
        return new Materialised(Arrays.stream(newDims).boxed().toList(), indices);
    }

    /** Returns the elements {@code start, start + step, ...} before {@code end} along an axis. */
    Materialised sliced(int axis, long start, long end, long step) {
        var cut = new ArrayList<>(dims);
        cut.set(axis, Math.ceilDiv(end - start, step));
        return gathered(cut, position -> {
            long[] source = position.clone();
            source[axis] = start + position[axis] * step;
            return source;
        });
    }

    private interface Source {
        long[] of(long[] position);
    }

    private Materialised gathered(List<Long> newDims, Source source) {
        int size = Math.toIntExact(newDims.stream().reduce(1L, (a, b) -> a * b));
        long[] moved = new long[size];
        for (int i = 0; i < size; i++) {
            moved[i] = indices[linear(source.of(position(i, newDims)))];
        }
        return new Materialised(newDims, moved);
    }

    private int linear(long[] position) {
        long linear = 0;
        for (int axis = 0; axis < position.length; axis++) {
            linear = linear * dims.get(axis) + position[axis];
        }
        return (int) linear;
    }

    private static long[] position(int linear, List<Long> dims) {
        long[] position = new long[dims.size()];
        long rest = linear;
        for (int axis = position.length - 1; axis >= 0; axis--) {
            position[axis] = rest % dims.get(axis);
            rest /= dims.get(axis);
        }
        return position;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Materialised(var otherDims, var otherIndices)
                && dims.equals(otherDims)
                && Arrays.equals(indices, otherIndices);
    }

    @Override
    public int hashCode() {
        return dims.hashCode();
    }

    @Override
    public String toString() {
        return dims + " " + Arrays.toString(indices);
    }
}
