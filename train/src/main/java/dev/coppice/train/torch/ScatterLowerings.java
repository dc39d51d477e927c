package dev.coppice.train.torch;

import static dev.coppice.train.torch.Lowering.one;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Operators that read or write elements at places given as data. */
final class ScatterLowerings {

    private ScatterLowerings() {}

    static void register(Map<String, Lowering> table) {
        table.put("GatherND", one(ScatterLowerings::gatherNd));
        table.put("ScatterND", one(ScatterLowerings::scatterNd));
        table.put("ScatterElements", one(ScatterLowerings::scatterElements));
        table.put("Scatter", one(ScatterLowerings::scatterElements));
        table.put("OneHot", one(ScatterLowerings::oneHot));
        table.put("TopK", ScatterLowerings::topK);
        table.put("NonZero", one(call -> torch.nonzero(call.in(0)).t()));
        table.put("Compress", one(ScatterLowerings::compress));
        table.put("ReverseSequence", one(ScatterLowerings::reverseSequence));
        table.put("Hardmax", one(ScatterLowerings::hardmax));
    }

    /** Flattens the axes that the indices address, so that one number addresses a slice. */
    private static Tensor gatherNd(Call call) {
        int batch = (int) call.integer("batch_dims", 0);
        var data = call.in(0); // [batch..., addressed..., slice...]
        var indices = call.in(1); // [batch..., picks..., depth]
        var sizes = Tensors.sizes(call.dims(0));
        int depth = (int) indices.size(indices.dim() - 1);
        var rows = Arrays.copyOfRange(sizes, 0, batch + depth);
        var flat = data.reshape(joined(new long[] {-1}, Arrays.copyOfRange(sizes, batch + depth, sizes.length)));
        var places = places(indices, rows, batch);
        var picked = flat.index_select(0, places.flatten());
        return picked.reshape(
                joined(Tensors.sizes(Tensors.dims(places)), Arrays.copyOfRange(sizes, batch + depth, sizes.length)));
    }

    /** Returns the number of the slice that each index addresses, among {@code rows} that begin with {@code batch} axes. */
    private static Tensor places(Tensor indices, long[] rows, int batch) {
        long last = indices.dim() - 1;
        var place = torch.zeros(
                Arrays.copyOf(Tensors.sizes(Tensors.dims(indices)), (int) last), new TensorOptions(ScalarType.Long));
        for (int i = 0; i < rows.length; i++) {
            var next = i < batch
                    ? torch.arange(new Scalar(rows[i]), new TensorOptions(ScalarType.Long))
                            .reshape(along(i, rows[i], last))
                    : SelectionLowerings.fromFront(indices.select(last, i - batch), rows[i]);
            place = place.mul(new Scalar(rows[i])).add(next);
        }
        return place;
    }

    private static long[] along(int axis, long size, long rank) {
        var sizes = Windows.filled((int) rank, 1);
        sizes[axis] = size;
        return sizes;
    }

    private static long[] joined(long[] first, long[] second) {
        var all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    private static Tensor scatterNd(Call call) {
        var data = call.in(0);
        var indices = call.in(1);
        var sizes = Tensors.sizes(call.dims(0));
        int depth = (int) indices.size(indices.dim() - 1);
        var slice = Arrays.copyOfRange(sizes, depth, sizes.length);
        var places = places(indices, Arrays.copyOf(sizes, depth), 0).flatten();
        long width = Arrays.stream(slice).reduce(1, (a, b) -> a * b);
        var rows = data.reshape(-1, width);
        var index = places.unsqueeze(1).expand(places.numel(), width);
        var updates = call.in(2).reshape(places.numel(), width);
        return reduced(call, rows, 0, index, updates).reshape(sizes);
    }

    private static Tensor scatterElements(Call call) {
        long axis = call.axis(call.integer("axis", 0), call.rank(0));
        var index = SelectionLowerings.fromFront(call.in(1), call.in(0).size(axis));
        return reduced(call, call.in(0), axis, index, call.in(2));
    }

    private static Tensor reduced(Call call, Tensor data, long axis, Tensor index, Tensor updates) {
        return switch (call.text("reduction", "none")) {
            case "none" -> data.scatter(axis, index, updates);
            case "add" -> data.scatter_add(axis, index, updates);
            case "mul" -> data.scatter_reduce(axis, index, updates, "prod", true);
            case "max" -> data.scatter_reduce(axis, index, updates, "amax", true);
            case "min" -> data.scatter_reduce(axis, index, updates, "amin", true);
            default -> throw new Lowering.Refusal("the reduction " + call.text("reduction", ""));
        };
    }

    private static Tensor oneHot(Call call) {
        long depth = call.longs(1)[0];
        long rank = call.rank(0) + 1;
        long axis = call.axis(call.integer("axis", -1), rank);
        var indices = SelectionLowerings.fromFront(call.in(0), depth).unsqueeze(axis);
        var classes = torch.arange(new Scalar(depth), new TensorOptions(ScalarType.Long))
                .reshape(along((int) axis, depth, rank));
        var values = call.in(2);
        // An index out of range equals no class: all off.
        return values.select(0, 1).where(torch.eq(indices, classes), values.select(0, 0));
    }

    private static List<Tensor> topK(Call call) {
        var x = call.in(0);
        long axis = call.axis(call.integer("axis", -1), x.dim());
        long count = call.has(1) ? call.longs(1)[0] : call.integer("k", 1);
        boolean largest = call.integer("largest", 1) != 0;
        // A stable sort, for among equals ONNX takes the lower index first.
        var order = torch.argsort(x, true, axis, largest).narrow(axis, 0, count);
        return List.of(x.gather(axis, order), order);
    }

    private static Tensor compress(Call call) {
        boolean flat = call.node().attribute("axis").isEmpty();
        var x = flat ? call.in(0).flatten() : call.in(0);
        var kept = torch.nonzero(call.in(1)).flatten();
        return x.index_select(flat ? 0 : call.axis(call.integer("axis", 0), x.dim()), kept);
    }

    private static Tensor reverseSequence(Call call) {
        long time = call.integer("time_axis", 0);
        long batch = call.integer("batch_axis", 1);
        return reversed(call.in(0), call.longs(1), time, batch);
    }

    /** Reverses the first {@code lengths[b]} steps of each sequence and leaves the others in place. */
    static Tensor reversed(Tensor x, long[] lengths, long time, long batch) {
        var parts = new TensorVector(lengths.length);
        for (int i = 0; i < lengths.length; i++) {
            var sequence = x.narrow(batch, i, 1);
            var turned = new TensorVector(2);
            turned.put(0, sequence.narrow(time, 0, lengths[i]).flip(time));
            turned.put(1, sequence.narrow(time, lengths[i], x.size(time) - lengths[i]));
            parts.put(i, torch.cat(turned, time));
        }
        return torch.cat(parts, batch);
    }

    private static Tensor hardmax(Call call) {
        var x = call.in(0);
        boolean flattens = call.opset() < 13;
        long axis = call.axis(call.integer("axis", flattens ? 1 : -1), x.dim());
        var rows = flattens ? x.flatten(axis, x.dim() - 1) : x;
        var first = rows.argmax(new org.bytedeco.pytorch.LongOptional(axis), true);
        var one = torch.zeros_like(rows).scatter(axis, first, new Scalar(1.0));
        return one.reshape(Tensors.sizes(Tensors.dims(x)));
    }
}
