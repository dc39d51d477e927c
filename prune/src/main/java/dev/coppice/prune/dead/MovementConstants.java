package dev.coppice.prune.dead;

import dev.coppice.ir.Dim;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Node;
import dev.coppice.ir.Shape;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Constant channels through operators that move elements, pool or resize them. */
final class MovementConstants {

    static final Map<String, ConstantChannels.Rule> TABLE = table();

    private MovementConstants() {}

    private static Map<String, ConstantChannels.Rule> table() {
        var table = new HashMap<String, ConstantChannels.Rule>();
        table.put("Transpose", MovementConstants::transpose);
        for (var op : List.of("Reshape", "Flatten", "Squeeze", "Unsqueeze")) {
            table.put(op, MovementConstants::reshape);
        }
        for (var op : List.of("MaxPool", "GlobalMaxPool", "GlobalAveragePool")) {
            table.put(op, MovementConstants::channels);
        }
        table.put("AveragePool", MovementConstants::averagePool);
        table.put("ReduceMean", MovementConstants::mean);
        table.put("Concat", MovementConstants::concat);
        table.put("Resize", MovementConstants::resize);
        return table;
    }

    private static @Nullable Channels transpose(Node node, ConstantChannels of) {
        var data = of.get(node.input(0));
        var shape = of.shapes().shape(node.input(0));
        if (data == null || shape.isEmpty()) {
            return null;
        }
        int rank = shape.get().rank();
        int axis = node.intsAttribute("perm")
                .map(perm -> perm.indexOf((long) data.axis()))
                .orElse(rank - 1 - data.axis());
        return axis < 0 ? null : new Channels(axis, data.values());
    }

    /** The axis of the result on which an element's place says its channel: the same one, or one that counts through axes behind it too. */
    private static @Nullable Channels reshape(Node node, ConstantChannels of) {
        var data = of.get(node.input(0));
        var before = of.shapes().shape(node.input(0));
        var after = of.shapes().shape(node.output(0));
        if (data == null || before.isEmpty() || after.isEmpty()) {
            return null;
        }
        long inner = inner(before.get(), data.axis());
        for (int axis = after.get().rank() - 1; axis >= 0 && inner > 0; axis--) {
            long own = inner(after.get(), axis);
            if (own <= 0 || inner % own != 0) {
                continue;
            }
            int each = Math.toIntExact(inner / own);
            if (after.get().dim(axis) instanceof Dim.Known(long size) && size == (long) each * data.values().length) {
                return new Channels(
                        axis,
                        IntStream.range(0, (int) size)
                                .mapToDouble(i -> data.values()[i / each])
                                .toArray());
            }
        }
        return null;
    }

    /** Returns how many elements lie between two neighbours on an axis; -1 when that is not known. */
    private static long inner(Shape shape, int axis) {
        long inner = 1;
        for (int i = axis + 1; i < shape.rank(); i++) {
            if (!(shape.dim(i) instanceof Dim.Known(long size))) {
                return -1;
            }
            inner *= size;
        }
        return inner;
    }

    private static @Nullable Channels channels(Node node, ConstantChannels of) {
        var data = of.get(node.input(0));
        return data != null && data.axis() == 1 ? data : null;
    }

    /** Zeros that are counted at the border change any mean but zero. */
    private static @Nullable Channels averagePool(Node node, ConstantChannels of) {
        var data = channels(node, of);
        return data == null || node.intAttribute("count_include_pad", 0) == 0 ? data : data.zeros();
    }

    private static @Nullable Channels mean(Node node, ConstantChannels of) {
        var data = of.get(node.input(0));
        var shape = of.shapes().shape(node.input(0));
        var axes = node.intsAttribute("axes").orElse(integers(node.input(1), of));
        if (data == null || axes == null || axes.isEmpty() || shape.isEmpty()) {
            return null;
        }
        int rank = shape.get().rank();
        int before = 0;
        for (long given : axes) {
            long axis = given < 0 ? given + rank : given;
            if (axis == data.axis()) {
                return null;
            }
            before += axis < data.axis() ? 1 : 0;
        }
        return node.intAttribute("keepdims", 1) != 0 ? data : new Channels(data.axis() - before, data.values());
    }

    private static @Nullable List<Long> integers(String value, ConstantChannels of) {
        return value.isEmpty()
                ? null
                : of.shapes()
                        .constant(value)
                        .filter(tensor -> tensor.type().integral())
                        .map(tensor -> java.util.Arrays.stream(Elements.longs(tensor))
                                .boxed()
                                .toList())
                        .orElse(null);
    }

    private static @Nullable Channels concat(Node node, ConstantChannels of) {
        var shape = of.shapes().shape(node.output(0));
        if (shape.isEmpty()) {
            return null;
        }
        int rank = shape.get().rank();
        int axis = (int) node.intAttribute("axis", 1);
        axis = axis < 0 ? axis + rank : axis;
        if (axis < 0 || axis >= rank || !(shape.get().dim(axis) instanceof Dim.Known(long size))) {
            return null;
        }
        var all = Channels.varying(Math.toIntExact(size));
        int from = 0;
        for (var input : node.inputs()) {
            var own = of.shapes().shape(input);
            if (own.isEmpty() || !(own.get().dim(axis) instanceof Dim.Known(long part)) || from + part > size) {
                return null;
            }
            var data = of.get(input);
            if (data != null && data.axis() == axis) {
                System.arraycopy(data.values(), 0, all, from, (int) part);
            }
            from += (int) part;
        }
        return Channels.of(axis, all);
    }

    /** Every mode makes means of neighbours with weights of sum one, as long as nothing is taken from outside the picture. */
    private static @Nullable Channels resize(Node node, ConstantChannels of) {
        boolean outside = node.stringAttribute("coordinate_transformation_mode", "half_pixel")
                .equals("tf_crop_and_resize");
        boolean exact = !node.stringAttribute("mode", "nearest").equals("cubic");
        return outside || !exact ? null : channels(node, of);
    }
}
