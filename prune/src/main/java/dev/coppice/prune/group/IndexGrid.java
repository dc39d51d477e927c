package dev.coppice.prune.group;

import dev.coppice.ir.Elements;
import dev.coppice.ir.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A constant tensor of indices {@code [grid.., components]}, component by component: which axis of the grid it varies along, and its
 * numbers there. Lists of channels, ranges and the grids that exporters expand of them are of this form.
 */
final class IndexGrid {

    /** A component that is one number everywhere. */
    static final int NOWHERE = -1;

    private final List<Long> dims;
    private final long[] elements;
    private final int components;

    private IndexGrid(List<Long> dims, long[] elements, int components) {
        this.dims = dims;
        this.elements = elements;
        this.components = components;
    }

    /** Returns the grid of indices whose last axis counts components; null when there are no elements. */
    static @Nullable IndexGrid of(Tensor indices) {
        var dims = indices.dims();
        return dims.isEmpty() || indices.size() == 0
                ? null
                : new IndexGrid(
                        dims.subList(0, dims.size() - 1), Elements.longs(indices), Math.toIntExact(dims.getLast()));
    }

    /** Returns the grid of indices that are each one number. */
    static @Nullable IndexGrid ofSingle(Tensor indices) {
        return indices.size() == 0 ? null : new IndexGrid(indices.dims(), Elements.longs(indices), 1);
    }

    int rank() {
        return dims.size();
    }

    /** Returns the axis of the grid that a component varies along, {@link #NOWHERE} for none; -2 when it does along several. */
    int axis(int component) {
        int found = NOWHERE;
        for (int axis = 0; axis < dims.size(); axis++) {
            if (varies(component, axis)) {
                if (found != NOWHERE) {
                    return -2;
                }
                found = axis;
            }
        }
        // A single number still stands at a place of an axis of its own, where there is one.
        return found == NOWHERE && dims.size() == 1 ? 0 : found;
    }

    int size(int axis) {
        return Math.toIntExact(dims.get(axis));
    }

    /** Says whether the only component varies along no axis but this. */
    boolean isAlong(int axis) {
        for (int other = 0; other < dims.size(); other++) {
            if (other != axis && varies(0, other)) {
                return false;
            }
        }
        return true;
    }

    private boolean varies(int component, int axis) {
        long stride = stride(axis);
        for (long i = 0; i < points(); i++) {
            boolean first = i / stride % dims.get(axis) == 0;
            if (!first && element(i, component) != element(i - stride, component)) {
                return true;
            }
        }
        return false;
    }

    private long element(long point, int component) {
        return elements[Math.toIntExact(point * components + component)];
    }

    private long points() {
        return elements.length / components;
    }

    private long stride(int axis) {
        return dims.subList(axis + 1, dims.size()).stream().reduce(1L, (a, b) -> a * b);
    }

    /** Returns a component's numbers along the axis that it varies along, counted from the front of {@code size} places. */
    int[] numbers(int component, int axis, int size) {
        int count = axis == NOWHERE ? 1 : Math.toIntExact(dims.get(axis));
        long stride = axis == NOWHERE ? 0 : stride(axis);
        var numbers = new int[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = Site.axis(element(i * stride, component), size);
        }
        return numbers;
    }

    /**
     * Returns the indices that are left, with new numbers.
     *
     * @param kept for each axis of the grid the positions that stay; null for all
     * @param numbers for each component the new number of each place; null where they stay the same
     * @param sizes for each component how many places there were
     * @param listed whether components are counted by a last axis
     */
    Change left(List<int @Nullable []> kept, List<int @Nullable []> numbers, int[] sizes, boolean listed) {
        var left = new ArrayList<int[]>();
        var newDims = new ArrayList<Long>();
        for (int axis = 0; axis < dims.size(); axis++) {
            int[] stay = kept.get(axis);
            if (stay == null) {
                stay = new int[Math.toIntExact(dims.get(axis))];
                Arrays.setAll(stay, i -> i);
            }
            left.add(stay);
            newDims.add((long) stay.length);
        }
        long count = newDims.stream().reduce(1L, (a, b) -> a * b);
        var values = new long[Math.toIntExact(count * components)];
        for (long i = 0; i < count; i++) {
            long point = 0;
            long rest = i;
            for (int axis = dims.size() - 1; axis >= 0; axis--) {
                int[] stay = left.get(axis);
                point += stay[(int) (rest % stay.length)] * stride(axis);
                rest /= stay.length;
            }
            for (int c = 0; c < components; c++) {
                long old = element(point, c);
                int[] fresh = numbers.get(c);
                values[Math.toIntExact(i * components + c)] = fresh == null ? old : fresh[Site.axis(old, sizes[c])];
            }
        }
        if (listed) {
            newDims.add((long) components);
        }
        return new Change(newDims, values);
    }

    /** Indices after a cut. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Change(List<Long> dims, long[] values) {}
}
