package dev.coppice.ir.weight;

import dev.coppice.ir.Node;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Turns data movement into arithmetic on strides; empty where it cannot be a view, or an operand is not known. */
final class Views {

    private Views() {}

    /** Returns the weight as it looks behind the node, which moves its first input. */
    static Optional<Weight> apply(Node node, Weight weight, WeightResolver.Integers integers) {
        return switch (node.opType()) {
            case "Transpose" ->
                transpose(
                        weight,
                        node.intsAttribute("perm").orElse(reversed(weight.dims().size())));
            case "Reshape" -> operand(node, "shape", 1, integers).flatMap(target -> reshape(weight, target, node));
            case "Flatten" -> flatten(weight, node.intAttribute("axis", 1));
            case "Squeeze" ->
                squeeze(
                        weight,
                        operand(node, "axes", 1, integers),
                        !node.input(1).isEmpty());
            case "Unsqueeze" -> operand(node, "axes", 1, integers).flatMap(axes -> unsqueeze(weight, axes));
            case "Slice" -> slice(node, weight, integers);
            default -> Optional.empty();
        };
    }

    static List<Long> rowMajor(List<Long> dims) {
        var strides = new Long[dims.size()];
        long stride = 1;
        for (int axis = dims.size() - 1; axis >= 0; axis--) {
            strides[axis] = stride;
            stride *= Math.max(1, dims.get(axis));
        }
        return List.of(strides);
    }

    /** Returns an operand that was an attribute in early operator sets and is input {@code index} in later ones. */
    private static Optional<long[]> operand(Node node, String attribute, int index, WeightResolver.Integers integers) {
        return node.intsAttribute(attribute)
                .map(values -> values.stream().mapToLong(Long::longValue).toArray())
                .or(() -> integers.of(node.input(index)));
    }

    private static List<Long> reversed(int rank) {
        var perm = new ArrayList<Long>();
        for (long axis = 0; axis < rank; axis++) {
            perm.add(axis);
        }
        Collections.reverse(perm);
        return perm;
    }

    private static Optional<Weight> transpose(Weight weight, List<Long> perm) {
        int rank = weight.dims().size();
        boolean permutes = perm.size() == rank
                && perm.stream().distinct().count() == rank
                && perm.stream().allMatch(axis -> axis >= 0 && axis < rank);
        if (!permutes) {
            return Optional.empty();
        }
        return Optional.of(with(
                weight,
                perm.stream().map(axis -> weight.dims().get(axis.intValue())).toList(),
                perm.stream().map(axis -> weight.strides().get(axis.intValue())).toList(),
                weight.offset()));
    }

    private static Optional<Weight> reshape(Weight weight, long[] target, Node node) {
        var dims = target.clone();
        long known = 1;
        int free = -1;
        for (int axis = 0; axis < dims.length; axis++) {
            if (dims[axis] == 0 && node.intAttribute("allowzero", 0) == 0) {
                if (axis >= weight.dims().size()) {
                    return Optional.empty();
                }
                dims[axis] = weight.dims().get(axis);
            }
            if (dims[axis] == -1 && free < 0) {
                free = axis;
            } else if (dims[axis] <= 0 || dims[axis] > weight.size() / known) {
                return Optional.empty();
            } else {
                known *= dims[axis];
            }
        }
        if (free >= 0) {
            dims[free] = weight.size() / known;
            known *= dims[free];
        }
        return known == weight.size() ? contiguous(weight, WeightResolver.list(dims)) : Optional.empty();
    }

    private static Optional<Weight> flatten(Weight weight, long axis) {
        int rank = weight.dims().size();
        long split = axis < 0 ? axis + rank : axis;
        if (split < 0 || split > rank || weight.size() == 0) {
            return Optional.empty();
        }
        long rows = weight.dims().subList(0, (int) split).stream().reduce(1L, Math::multiplyExact);
        return contiguous(weight, List.of(rows, weight.size() / rows));
    }

    /** Gives a weight stored without gaps in row-major order other dimensions. */
    private static Optional<Weight> contiguous(Weight weight, List<Long> dims) {
        return weight.strides().equals(rowMajor(weight.dims()))
                ? Optional.of(with(weight, dims, rowMajor(dims), weight.offset()))
                : Optional.empty();
    }

    private static Optional<Weight> squeeze(Weight weight, Optional<long[]> axes, boolean axesGiven) {
        int rank = weight.dims().size();
        if (axes.isEmpty() && axesGiven) {
            return Optional.empty();
        }
        var dims = new ArrayList<Long>();
        var strides = new ArrayList<Long>();
        for (int axis = 0; axis < rank; axis++) {
            int current = axis;
            boolean named = axes.isEmpty()
                    ? weight.dims().get(axis) == 1
                    : Arrays.stream(axes.get()).anyMatch(a -> a == current || a + rank == current);
            if (named && weight.dims().get(axis) != 1) {
                return Optional.empty();
            }
            if (!named) {
                dims.add(weight.dims().get(axis));
                strides.add(weight.strides().get(axis));
            }
        }
        return Optional.of(with(weight, dims, strides, weight.offset()));
    }

    private static Optional<Weight> unsqueeze(Weight weight, long[] axes) {
        int rank = weight.dims().size() + axes.length;
        var positions =
                Arrays.stream(axes).map(a -> a < 0 ? a + rank : a).sorted().toArray();
        var dims = new ArrayList<>(weight.dims());
        var strides = new ArrayList<>(weight.strides());
        for (long position : positions) {
            if (position < 0 || position > dims.size()) {
                return Optional.empty();
            }
            // The stride of a dimension of size 1 is free; this one keeps row-major weights row-major.
            long stride = position < dims.size() ? dims.get((int) position) * strides.get((int) position) : 1;
            dims.add((int) position, 1L);
            strides.add((int) position, stride);
        }
        return Optional.of(with(weight, dims, strides, weight.offset()));
    }

    private static Optional<Weight> slice(Node node, Weight weight, WeightResolver.Integers integers) {
        var starts = operand(node, "starts", 1, integers);
        var ends = operand(node, "ends", 2, integers);
        var steps = integers.of(node.input(4));
        if (starts.isEmpty()
                || ends.isEmpty()
                || (steps.isEmpty() && !node.input(4).isEmpty())) {
            return Optional.empty();
        }
        var axes = operand(node, "axes", 3, integers);
        if (axes.isEmpty() && !node.input(3).isEmpty()) {
            return Optional.empty();
        }
        var dims = new ArrayList<>(weight.dims());
        var strides = new ArrayList<>(weight.strides());
        long offset = weight.offset();
        int count = starts.get().length;
        boolean even = ends.get().length == count
                && axes.map(a -> a.length == count).orElse(true)
                && steps.map(s -> s.length == count).orElse(true);
        if (!even) {
            return Optional.empty();
        }
        for (int i = 0; i < count; i++) {
            long named = axes.isPresent() ? axes.get()[i] : i;
            long counted = named < 0 ? named + dims.size() : named;
            long step = steps.isPresent() ? steps.get()[i] : 1;
            if (counted < 0 || counted >= dims.size() || step <= 0) {
                return Optional.empty();
            }
            int axis = (int) counted;
            long size = dims.get(axis);
            long start = clamp(starts.get()[i], size);
            long end = clamp(ends.get()[i], size);
            offset += start * strides.get(axis);
            dims.set(axis, Math.max(0, Math.ceilDiv(end - start, step)));
            strides.set(axis, strides.get(axis) * step);
        }
        return Optional.of(with(weight, dims, strides, offset));
    }

    private static long clamp(long position, long size) {
        return Math.clamp(position < 0 ? position + size : position, 0, size);
    }

    private static Weight with(Weight weight, List<Long> dims, List<Long> strides, long offset) {
        return new Weight(weight.name(), weight.source(), dims, strides, offset);
    }
}
