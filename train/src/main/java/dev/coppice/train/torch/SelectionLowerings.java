package dev.coppice.train.torch;

import static dev.coppice.train.torch.Call.scalar;
import static dev.coppice.train.torch.Lowering.one;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Operators that pick, move and join elements. */
final class SelectionLowerings {

    private SelectionLowerings() {}

    static void register(Map<String, Lowering> table) {
        table.put("Gather", one(SelectionLowerings::gather));
        table.put("GatherElements", one(SelectionLowerings::gatherElements));
        table.put("Slice", one(SelectionLowerings::slice));
        table.put("Concat", one(SelectionLowerings::concat));
        table.put("Split", SelectionLowerings::split);
        table.put("Pad", one(SelectionLowerings::pad));
        table.put("DepthToSpace", one(SelectionLowerings::depthToSpace));
        table.put("SpaceToDepth", one(SelectionLowerings::spaceToDepth));
        table.put("GridSample", one(SelectionLowerings::gridSample));
        table.put("Trilu", one(SelectionLowerings::trilu));
    }

    private static Tensor gather(Call call) {
        var data = call.in(0);
        long axis = call.axis(call.integer("axis", 0), data.dim());
        var indices = fromFront(call.in(1), data.size(axis));
        if (indices.dim() == 0) {
            return data.select(axis, indices.item_long());
        }
        if (axis == 0 && data.dim() == 2) {
            return torch.embedding(data, indices);
        }
        var picked = data.index_select(axis, indices.flatten());
        var sizes = new ArrayList<>(Tensors.dims(data));
        sizes.remove((int) axis);
        sizes.addAll((int) axis, Tensors.dims(indices));
        return picked.reshape(Tensors.sizes(sizes));
    }

    /** Returns int64 indices counted from the front. */
    static Tensor fromFront(Tensor indices, long size) {
        var wide = indices.scalar_type().intern() == ScalarType.Long ? indices : indices.to(ScalarType.Long);
        return wide.add(torch.lt(wide, scalar(0)).mul(new org.bytedeco.pytorch.Scalar(size)));
    }

    private static Tensor gatherElements(Call call) {
        var data = call.in(0);
        long axis = call.axis(call.integer("axis", 0), data.dim());
        return torch.gather(data, axis, fromFront(call.in(1), data.size(axis)));
    }

    private static Tensor slice(Call call) {
        boolean inputs = call.has(1);
        var starts = inputs ? call.longs(1) : call.integers("starts", new long[0]);
        var ends = inputs ? call.longs(2) : call.integers("ends", new long[0]);
        var named = inputs ? (call.has(3) ? call.longs(3) : null) : call.integers("axes");
        var axes = named == null ? NormLowerings.range(0, starts.length) : named;
        var steps = call.has(4) ? call.longs(4) : Windows.filled(starts.length, 1);
        var result = call.in(0);
        for (int i = 0; i < starts.length; i++) {
            result = slice(result, call.axis(axes[i], result.dim()), starts[i], ends[i], steps[i]);
        }
        return result;
    }

    private static Tensor slice(Tensor x, long axis, long start, long end, long step) {
        if (step > 0) {
            return x.slice(axis, new LongOptional(start), new LongOptional(end), step);
        }
        // Backwards: the same elements forwards from the mirrored ends, on a mirrored axis.
        long size = x.size(axis);
        long first = Math.min(start < 0 ? start + size : start, size - 1);
        long last = Math.max(end < 0 ? end + size : end, -1);
        if (end < -size) {
            last = -1;
        }
        return x.flip(axis)
                .slice(
                        axis,
                        new LongOptional(size - 1 - first),
                        new LongOptional(Math.max(size - 1 - first, size - 1 - last)),
                        -step);
    }

    private static Tensor concat(Call call) {
        var parts = new TensorVector(call.inputs().length);
        for (int i = 0; i < call.inputs().length; i++) {
            parts.put(i, call.in(i));
        }
        return torch.cat(parts, call.integer("axis", 1));
    }

    private static List<Tensor> split(Call call) {
        var x = call.in(0);
        long axis = call.axis(call.integer("axis", 0), x.dim());
        int count = call.node().outputs().size();
        var sizes = call.axes("split", 1);
        if (sizes == null) {
            long each = Math.ceilDiv(x.size(axis), count);
            sizes = new long[count];
            for (int i = 0; i < count; i++) {
                sizes[i] = Math.max(0, Math.min(each, x.size(axis) - i * each));
            }
        }
        var parts = new ArrayList<Tensor>();
        long start = 0;
        for (long size : sizes) {
            parts.add(x.narrow(axis, start, size));
            start += size;
        }
        return parts;
    }

    private static Tensor pad(Call call) {
        var x = call.in(0);
        int rank = (int) x.dim();
        var given = call.has(1) ? call.longs(1) : call.integers("pads", call.integers("paddings", new long[2 * rank]));
        var axes = call.has(3) ? call.longs(3) : NormLowerings.range(0, rank);
        var reversed = new long[2 * rank];
        for (int i = 0; i < axes.length; i++) {
            int place = 2 * (rank - 1 - (int) call.axis(axes[i], rank));
            reversed[place] = given[i];
            reversed[place + 1] = given[axes.length + i];
        }
        return switch (call.text("mode", "constant")) {
            case "constant" -> {
                var value = call.has(2) ? call.in(2).item() : scalar(call.real("value", 0));
                yield torch.constant_pad_nd(x, reversed, value);
            }
            case "edge" -> repeated(x, reversed, Edge.REPLICATE);
            case "reflect" -> repeated(x, reversed, Edge.REFLECT);
            case "wrap" -> repeated(x, reversed, Edge.WRAP);
            default -> throw new Lowering.Refusal("padding by " + call.text("mode", ""));
        };
    }

    /** Where an index beyond an axis takes its element from. */
    private enum Edge {
        REPLICATE,
        REFLECT,
        WRAP;

        long inside(long i, long size) {
            return switch (this) {
                case REPLICATE -> Math.max(0, Math.min(i, size - 1));
                case WRAP -> Math.floorMod(i, size);
                case REFLECT -> {
                    long period = Math.max(1, 2 * (size - 1));
                    long folded = Math.floorMod(i, period);
                    yield folded < size ? folded : period - folded;
                }
            };
        }
    }

    private static Tensor repeated(Tensor x, long[] reversed, Edge edge) {
        var result = x;
        for (int axis = 0; axis < x.dim(); axis++) {
            int place = 2 * ((int) x.dim() - 1 - axis);
            long before = reversed[place];
            long size = x.size(axis);
            long length = before + size + reversed[place + 1];
            if (length == size && before == 0) {
                continue;
            }
            var from = new long[(int) length];
            Arrays.setAll(from, i -> edge.inside(i - before, size));
            result = result.index_select(axis, torch.tensor(from));
        }
        return result;
    }

    private static Tensor depthToSpace(Call call) {
        var x = call.in(0); // [N, C*b*b, H, W]
        long block = call.integer("blocksize", 1);
        long channels = x.size(1) / (block * block);
        boolean depthFirst = call.text("mode", "DCR").equals("DCR");
        var split = depthFirst
                ? x.reshape(x.size(0), block, block, channels, x.size(2), x.size(3))
                        .permute(0, 3, 4, 1, 5, 2)
                : x.reshape(x.size(0), channels, block, block, x.size(2), x.size(3))
                        .permute(0, 1, 4, 2, 5, 3);
        return split.reshape(x.size(0), channels, x.size(2) * block, x.size(3) * block);
    }

    private static Tensor spaceToDepth(Call call) {
        var x = call.in(0); // [N, C, H*b, W*b]
        long block = call.integer("blocksize", 1);
        long height = x.size(2) / block;
        long width = x.size(3) / block;
        return x.reshape(x.size(0), x.size(1), height, block, width, block)
                .permute(0, 3, 5, 1, 2, 4)
                .reshape(x.size(0), x.size(1) * block * block, height, width);
    }

    private static Tensor gridSample(Call call) {
        // Modes are named as in version 16 or as since version 20.
        long mode = switch (call.text("mode", "linear")) {
            case "bilinear", "linear" -> 0;
            case "nearest" -> 1;
            case "bicubic", "cubic" -> 2;
            default -> throw new Lowering.Refusal("the mode " + call.text("mode", ""));
        };
        long padding = switch (call.text("padding_mode", "zeros")) {
            case "zeros" -> 0;
            case "border" -> 1;
            case "reflection" -> 2;
            default -> throw new Lowering.Refusal("the padding_mode " + call.text("padding_mode", ""));
        };
        return torch.grid_sampler(call.in(0), call.in(1), mode, padding, call.flag("align_corners"));
    }

    private static Tensor trilu(Call call) {
        long diagonal = call.has(1) ? call.in(1).item_long() : 0;
        return call.integer("upper", 1) != 0
                ? call.in(0).triu(diagonal)
                : call.in(0).tril(diagonal);
    }
}
