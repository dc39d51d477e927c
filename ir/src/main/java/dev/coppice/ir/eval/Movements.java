package dev.coppice.ir.eval;

import dev.coppice.ir.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Operators whose result holds elements of the input at other places: each is a map from coordinates to coordinates. */
final class Movements {

    static final Map<String, Operation> OPERATIONS = Map.of(
            "Transpose", Movements::transpose,
            "Slice", Movements::slice,
            "Split", Movements::split,
            "Concat", Movements::concat,
            "Expand", Movements::expand,
            "Tile", Movements::tile,
            "Pad", Movements::pad,
            "Trilu", Movements::trilu);

    private Movements() {}

    private static List<Tensor> transpose(Operands in) {
        var data = in.tensor(0);
        int rank = data.dims().size();
        var order = in.node()
                .intsAttribute("perm")
                .orElseGet(() -> IntStream.range(0, rank)
                        .mapToObj(i -> (long) (rank - 1 - i))
                        .toList());
        if (!in.movable() || !in.fits(data.dims())) {
            return Operation.NOT_COMPUTED;
        }
        if (order.stream().distinct().count() != rank || order.size() != rank) {
            throw in.bad("perm " + order + " for rank " + rank);
        }
        var sizes = Indices.sizes(data.dims());
        var strides = Indices.strides(sizes);
        var newSizes = new int[rank];
        var newStrides = new int[rank];
        for (int i = 0; i < rank; i++) {
            int axis = in.axis(order.get(i), rank);
            newSizes[i] = sizes[axis];
            newStrides[i] = strides[axis];
        }
        return List.of(Tensors.take(List.of(data), Indices.dims(newSizes), Indices.strided(newSizes, newStrides)));
    }

    /** Takes the given coordinates of each axis; negative ones become the element {@code fill}, if there is one. */
    private static Tensor perAxis(Tensor data, int[][] coordinates, @Nullable Tensor fill) {
        int outside = fill == null ? -1 : Math.toIntExact(data.size());
        var dims = Arrays.stream(coordinates).map(c -> (long) c.length).toList();
        var map = Indices.perAxis(coordinates, Indices.sizes(data.dims()), outside);
        return Tensors.take(fill == null ? List.of(data) : List.of(data, fill), dims, map);
    }

    private static int[][] allCoordinates(Tensor data) {
        return data.dims().stream()
                .map(size -> IntStream.range(0, Math.toIntExact(size)).toArray())
                .toArray(int[][]::new);
    }

    private static List<Tensor> slice(Operands in) {
        var data = in.tensor(0);
        int rank = data.dims().size();
        var starts = in.integers(1, "starts");
        var ends = in.integers(2, "ends");
        var axes = in.integers(3, "axes");
        var steps = in.integers(4, "steps");
        if (starts == null || ends == null || starts.length != ends.length) {
            throw in.bad("starts and ends do not match");
        }
        if (!in.movable() || !in.fits(data.dims())) {
            return Operation.NOT_COMPUTED;
        }
        var coordinates = allCoordinates(data);
        for (int i = 0; i < starts.length; i++) {
            int axis = in.axis(axes == null ? i : axes[i], rank);
            long step = steps == null ? 1 : steps[i];
            if (step == 0) {
                throw in.bad("a step of 0");
            }
            var range = SliceRange.of(starts[i], ends[i], step, data.dims().get(axis));
            coordinates[axis] = IntStream.range(0, (int) range.count())
                    .map(k -> (int) (range.start() + k * step))
                    .toArray();
        }
        return List.of(perAxis(data, coordinates, null));
    }

    private static List<Tensor> split(Operands in) {
        var data = in.tensor(0);
        int axis = in.axis(in.node().intAttribute("axis", 0), data.dims().size());
        int size = Math.toIntExact(data.dims().get(axis));
        int parts = in.node().outputs().size();
        var given = in.integers(1, "split");
        // Without sizes the last part is the smaller one (opset 18; before, the parts had to be equal).
        int equal = Math.ceilDiv(size, Math.max(1, parts));
        if (!in.movable() || !in.fits(data.dims())) {
            return Operation.NOT_COMPUTED;
        }
        var outputs = new ArrayList<Tensor>();
        int from = 0;
        for (int i = 0; i < parts; i++) {
            int to = given == null ? Math.min(size, from + equal) : Math.toIntExact(from + given[i]);
            if (to < from || to > size) {
                throw in.bad("parts that do not fit " + size + " elements");
            }
            var coordinates = allCoordinates(data);
            coordinates[axis] = IntStream.range(from, to).toArray();
            outputs.add(perAxis(data, coordinates, null));
            from = to;
        }
        return outputs;
    }

    private static List<Tensor> concat(Operands in) {
        var parts = in.tensors();
        var first = parts.getFirst();
        int rank = first.dims().size();
        int axis = in.axis(in.node().intAttribute("axis", 1), rank);
        var dims = new ArrayList<>(first.dims());
        dims.set(axis, 0L);
        for (var part : parts) {
            in.sameType(first, part);
            for (int i = 0; i < rank; i++) {
                if (part.dims().size() != rank
                        || (i != axis && !part.dims().get(i).equals(dims.get(i)))) {
                    throw in.bad("parts of %s and %s".formatted(first.dims(), part.dims()));
                }
            }
            dims.set(axis, Math.addExact(dims.get(axis), part.dims().get(axis)));
        }
        if (!in.movable() || !in.fits(dims)) {
            return Operation.NOT_COMPUTED;
        }
        var sizes = Indices.sizes(dims);
        int inner = Indices.product(sizes, axis + 1, rank);
        var map = new int[Indices.product(sizes)];
        int next = 0;
        for (int outer = 0; outer < Indices.product(sizes, 0, axis); outer++) {
            int base = 0;
            for (var part : parts) {
                int block = Math.toIntExact(part.dims().get(axis)) * inner;
                for (int i = 0; i < block; i++) {
                    map[next++] = base + outer * block + i;
                }
                base += Math.toIntExact(part.size());
            }
        }
        return List.of(Tensors.take(parts, dims, map));
    }

    private static List<Tensor> expand(Operands in) {
        var data = in.tensor(0);
        var target = in.longs(1);
        var asked = Arrays.stream(target).boxed().toList();
        if (!in.movable() || !in.fits(asked) || !in.fits(data.dims())) {
            return Operation.NOT_COMPUTED;
        }
        var own = Indices.sizes(data.dims());
        var sizes = Indices.broadcast(List.of(own, Indices.sizes(asked)));
        if (sizes == null) {
            throw in.bad("%s does not expand to %s".formatted(data.dims(), asked));
        }
        var dims = Indices.dims(sizes);
        return in.fits(dims)
                ? List.of(Tensors.take(List.of(data), dims, Indices.broadcastMap(own, sizes)))
                : Operation.NOT_COMPUTED;
    }

    private static List<Tensor> tile(Operands in) {
        var data = in.tensor(0);
        var repeats = in.longs(1);
        if (repeats.length != data.dims().size()) {
            throw in.bad(repeats.length + " repeats for rank " + data.dims().size());
        }
        var dims = new ArrayList<Long>();
        for (int i = 0; i < repeats.length; i++) {
            dims.add(Math.multiplyExact(data.dims().get(i), repeats[i]));
        }
        if (!in.movable() || !in.fits(dims)) {
            return Operation.NOT_COMPUTED;
        }
        var coordinates = allCoordinates(data);
        for (int i = 0; i < coordinates.length; i++) {
            int size = coordinates[i].length;
            coordinates[i] = IntStream.range(0, Math.toIntExact(dims.get(i)))
                    .map(k -> k % size)
                    .toArray();
        }
        return List.of(perAxis(data, coordinates, null));
    }

    private static List<Tensor> pad(Operands in) {
        var data = in.tensor(0);
        int rank = data.dims().size();
        var pads = in.integers(1, "pads");
        var axes = in.integers(3, "axes");
        boolean constant = in.node().stringAttribute("mode", "constant").equals("constant");
        int padded = axes == null ? rank : axes.length;
        if (pads == null || pads.length != 2 * padded) {
            throw in.bad("pads do not match the rank " + rank);
        }
        if (!constant || !in.movable() || in.node().attribute("value").isPresent()) {
            return Operation.NOT_COMPUTED;
        }
        var dims = new ArrayList<>(data.dims());
        for (int i = 0; i < padded; i++) {
            int axis = in.axis(axes == null ? i : axes[i], rank);
            dims.set(axis, Math.addExact(data.dims().get(axis), Math.addExact(pads[i], pads[padded + i])));
        }
        if (!in.fits(dims)) {
            return Operation.NOT_COMPUTED;
        }
        var coordinates = allCoordinates(data);
        for (int i = 0; i < padded; i++) {
            int axis = in.axis(axes == null ? i : axes[i], rank);
            int size = Math.toIntExact(data.dims().get(axis));
            int before = Math.toIntExact(pads[i]);
            coordinates[axis] = IntStream.range(0, Math.toIntExact(dims.get(axis)))
                    .map(k -> k - before >= 0 && k - before < size ? k - before : -1)
                    .toArray();
        }
        var fill = in.has(2) ? in.tensor(2) : Generators.zero(data.type());
        in.sameType(data, fill);
        return List.of(perAxis(data, coordinates, fill));
    }

    private static List<Tensor> trilu(Operands in) {
        var data = in.tensor(0);
        int rank = data.dims().size();
        long k = in.scalar(1, 0);
        boolean upper = in.node().intAttribute("upper", 1) != 0;
        if (rank < 2) {
            throw in.bad("a triangle of a tensor of rank " + rank);
        }
        if (!in.movable() || !in.fits(data.dims())) {
            return Operation.NOT_COMPUTED;
        }
        var map = IntStream.range(0, Math.toIntExact(data.size())).toArray();
        long columns = data.dims().get(rank - 1);
        long rows = data.dims().get(rank - 2);
        for (int i = 0; i < map.length; i++) {
            long diagonal = i % columns - i / columns % rows;
            if (upper ? diagonal < k : diagonal > k) {
                map[i] = map.length;
            }
        }
        return List.of(Tensors.take(List.of(data, Generators.zero(data.type())), data.dims(), map));
    }
}
