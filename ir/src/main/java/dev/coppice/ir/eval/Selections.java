package dev.coppice.ir.eval;

import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Operators that choose elements by indices or conditions that are tensors themselves. */
final class Selections {

    static final Map<String, Operation> OPERATIONS = Map.of(
            "Gather", Selections::gather,
            "GatherElements", Selections::gatherElements,
            "GatherND", Selections::gatherNd,
            "ScatterND", Selections::scatterNd,
            "ScatterElements", Selections::scatterElements,
            "Scatter", Selections::scatterElements,
            "Where", Selections::where,
            "NonZero", Selections::nonZero);

    private Selections() {}

    private static List<Tensor> gather(Operands in) {
        var data = in.tensor(0);
        int rank = data.dims().size();
        int axis = in.axis(in.node().intAttribute("axis", 0), rank);
        var dims = new ArrayList<>(data.dims().subList(0, axis));
        dims.addAll(in.tensor(1).dims());
        dims.addAll(data.dims().subList(axis + 1, rank));
        if (!in.movable() || !in.fits(data.dims()) || !in.fits(dims)) {
            return Operation.NOT_COMPUTED;
        }
        var sizes = Indices.sizes(data.dims());
        var indices = in.longs(1);
        int inner = Indices.product(sizes, axis + 1, rank);
        var map = new int[Indices.product(Indices.sizes(dims))];
        int next = 0;
        for (int outer = 0; outer < Indices.product(sizes, 0, axis); outer++) {
            for (long index : indices) {
                int row = outer * sizes[axis] + in.index(index, sizes[axis]);
                for (int i = 0; i < inner; i++) {
                    map[next++] = row * inner + i;
                }
            }
        }
        return List.of(Tensors.take(List.of(data), dims, map));
    }

    /** Returns, for each element of the indices, the position in the data that it names along the axis. */
    private static int[] alongAxis(Operands in) {
        var data = in.tensor(0);
        var shape = in.tensor(1).dims();
        int rank = data.dims().size();
        if (shape.size() != rank) {
            throw in.bad("indices of rank %d into data of rank %d".formatted(shape.size(), rank));
        }
        int axis = in.axis(in.node().intAttribute("axis", 0), rank);
        var sizes = Indices.sizes(data.dims());
        var strides = Indices.strides(sizes);
        int along = strides[axis];
        strides[axis] = 0;
        var positions = Indices.strided(Indices.sizes(shape), strides);
        var indices = in.longs(1);
        for (int i = 0; i < positions.length; i++) {
            positions[i] += in.index(indices[i], sizes[axis]) * along;
        }
        return positions;
    }

    private static List<Tensor> gatherElements(Operands in) {
        if (!in.movable()
                || !in.fits(in.tensor(0).dims())
                || !in.fits(in.tensor(1).dims())) {
            return Operation.NOT_COMPUTED;
        }
        return List.of(Tensors.take(List.of(in.tensor(0)), in.tensor(1).dims(), alongAxis(in)));
    }

    private static List<Tensor> scatterElements(Operands in) {
        var data = in.tensor(0);
        in.sameType(data, in.tensor(2));
        boolean plain = in.node().stringAttribute("reduction", "none").equals("none");
        if (!plain
                || !in.movable()
                || !in.fits(data.dims())
                || !in.fits(in.tensor(1).dims())) {
            return Operation.NOT_COMPUTED;
        }
        return List.of(overwritten(data, in.tensor(2), alongAxis(in), 1));
    }

    /** Replaces blocks of {@code width} elements at the positions by those of the updates. */
    private static Tensor overwritten(Tensor data, Tensor updates, int[] positions, int width) {
        int size = Math.toIntExact(data.size());
        var map = IntStream.range(0, size).toArray();
        for (int i = 0; i < positions.length; i++) {
            for (int j = 0; j < width; j++) {
                map[positions[i] + j] = size + i * width + j;
            }
        }
        return Tensors.take(List.of(data, updates), data.dims(), map);
    }

    /** Returns the positions of the blocks that index tuples name, after {@code batchDims} leading axes in common. */
    private static int[] blocks(Operands in, int batchDims, int depth) {
        var sizes = Indices.sizes(in.tensor(0).dims());
        var strides = Indices.strides(sizes);
        var indices = in.longs(1);
        int tuples = depth == 0 ? 0 : indices.length / depth;
        int batches = Indices.product(sizes, 0, batchDims);
        int perBatch = batches == 0 ? 1 : Math.max(1, tuples / batches);
        int batchSize = Indices.product(sizes, batchDims, sizes.length);
        var positions = new int[tuples];
        for (int t = 0; t < tuples; t++) {
            positions[t] = t / perBatch * batchSize;
            for (int k = 0; k < depth; k++) {
                int axis = batchDims + k;
                positions[t] += in.index(indices[t * depth + k], sizes[axis]) * strides[axis];
            }
        }
        return positions;
    }

    private static int depth(Operands in, int batchDims) {
        var shape = in.tensor(1).dims();
        int rank = in.tensor(0).dims().size();
        if (shape.isEmpty() || batchDims < 0 || batchDims >= shape.size() || shape.getLast() > rank - batchDims) {
            throw in.bad("indices of shape %s into data of shape %s"
                    .formatted(shape, in.tensor(0).dims()));
        }
        return Math.toIntExact(shape.getLast());
    }

    private static List<Tensor> gatherNd(Operands in) {
        var data = in.tensor(0);
        var shape = in.tensor(1).dims();
        int batchDims = Math.toIntExact(in.node().intAttribute("batch_dims", 0));
        int depth = depth(in, batchDims);
        var dims = new ArrayList<>(shape.subList(0, shape.size() - 1));
        dims.addAll(data.dims().subList(batchDims + depth, data.dims().size()));
        if (!in.movable() || depth == 0 || !in.fits(data.dims()) || !in.fits(shape) || !in.fits(dims)) {
            return Operation.NOT_COMPUTED;
        }
        int width = Indices.product(
                Indices.sizes(data.dims()), batchDims + depth, data.dims().size());
        var positions = blocks(in, batchDims, depth);
        var map = new int[Math.multiplyExact(positions.length, width)];
        for (int i = 0; i < map.length; i++) {
            map[i] = positions[i / width] + i % width;
        }
        return List.of(Tensors.take(List.of(data), dims, map));
    }

    private static List<Tensor> scatterNd(Operands in) {
        var data = in.tensor(0);
        in.sameType(data, in.tensor(2));
        boolean plain = in.node().stringAttribute("reduction", "none").equals("none");
        int depth = depth(in, 0);
        if (!plain
                || !in.movable()
                || depth == 0
                || !in.fits(data.dims())
                || !in.fits(in.tensor(1).dims())) {
            return Operation.NOT_COMPUTED;
        }
        int width =
                Indices.product(Indices.sizes(data.dims()), depth, data.dims().size());
        return List.of(overwritten(data, in.tensor(2), blocks(in, 0, depth), width));
    }

    private static List<Tensor> where(Operands in) {
        var yes = in.tensor(1);
        var no = in.tensor(2);
        in.sameType(yes, no);
        if (!in.movable() || in.tensors().stream().anyMatch(t -> !in.fits(t.dims()))) {
            return Operation.NOT_COMPUTED;
        }
        var operands = in.tensors().stream().map(t -> Indices.sizes(t.dims())).toList();
        var sizes = Indices.broadcast(operands);
        if (sizes == null) {
            throw in.bad("inputs that do not broadcast");
        }
        if (!in.fits(Indices.dims(sizes))) {
            return Operation.NOT_COMPUTED;
        }
        var condition = in.longs(0);
        var which = Indices.broadcastMap(operands.get(0), sizes);
        var map = Indices.broadcastMap(operands.get(1), sizes);
        var other = Indices.broadcastMap(operands.get(2), sizes);
        int offset = Math.toIntExact(yes.size());
        for (int i = 0; i < map.length; i++) {
            map[i] = condition[which[i]] != 0 ? map[i] : offset + other[i];
        }
        return List.of(Tensors.take(List.of(yes, no), Indices.dims(sizes), map));
    }

    private static List<Tensor> nonZero(Operands in) {
        var data = in.tensor(0);
        if (!data.type().integral() || !in.fits(data.dims())) {
            return Operation.NOT_COMPUTED;
        }
        var values = Elements.longs(data);
        var found =
                IntStream.range(0, values.length).filter(i -> values[i] != 0).toArray();
        var sizes = Indices.sizes(data.dims());
        var strides = Indices.strides(sizes);
        var coordinates = new long[sizes.length * found.length];
        for (int axis = 0; axis < sizes.length; axis++) {
            for (int i = 0; i < found.length; i++) {
                coordinates[axis * found.length + i] = found[i] / strides[axis] % sizes[axis];
            }
        }
        return List.of(Tensors.ofLongs(DType.INT64, List.of((long) sizes.length, (long) found.length), coordinates));
    }
}
