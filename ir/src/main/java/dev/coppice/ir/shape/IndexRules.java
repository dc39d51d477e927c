package dev.coppice.ir.shape;

import dev.coppice.ir.DType;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Operators that choose or replace elements by index, by condition or by order. */
final class IndexRules {

    static final Map<String, Rule> RULES = Map.ofEntries(
            Map.entry("Gather", IndexRules::gather),
            Map.entry("GatherElements", in -> List.of(Typed.of(in.type(0), in.shape(1)))),
            Map.entry("GatherND", IndexRules::gatherNd),
            Map.entry("Scatter", in -> List.of(in.like(0))),
            Map.entry("ScatterElements", in -> List.of(in.like(0))),
            Map.entry("ScatterND", in -> List.of(in.like(0))),
            Map.entry("TensorScatter", in -> List.of(in.like(0))),
            Map.entry("Compress", IndexRules::compress),
            Map.entry("NonZero", IndexRules::nonZero),
            Map.entry("NonMaxSuppression", in -> List.of(Typed.of(DType.INT64, Dim.unknown(), Dim.of(3)))),
            Map.entry("OneHot", IndexRules::oneHot),
            Map.entry("TopK", IndexRules::topK),
            Map.entry("Unique", IndexRules::unique));

    private IndexRules() {}

    private static List<Typed> gather(NodeContext in) {
        var data = in.shape(0);
        var indices = in.shape(1);
        if (data == null || indices == null) {
            return List.of(Typed.of(in.type(0), (Shape) null));
        }
        int axis = in.axis(in.integer("axis", 0), data.rank());
        var dims = new ArrayList<>(data.dims().subList(0, axis));
        dims.addAll(indices.dims());
        dims.addAll(data.dims().subList(axis + 1, data.rank()));
        return List.of(Typed.of(in.type(0), dims));
    }

    private static List<Typed> gatherNd(NodeContext in) {
        var data = in.shape(0);
        var indices = in.shape(1);
        if (data == null
                || indices == null
                || indices.rank() == 0
                || !(indices.dim(-1) instanceof Dim.Known(long depth))) {
            return List.of(Typed.of(in.type(0), (Shape) null));
        }
        long taken = Math.addExact(in.integer("batch_dims", 0), depth);
        if (taken < 0 || taken > data.rank()) {
            throw in.bad("indices of shape %s into data of shape %s".formatted(indices, data));
        }
        var dims = new ArrayList<>(indices.dims().subList(0, indices.rank() - 1));
        dims.addAll(data.dims().subList((int) taken, data.rank()));
        return List.of(Typed.of(in.type(0), dims));
    }

    /** How many elements are kept depends on the data. */
    private static List<Typed> compress(NodeContext in) {
        return List.of(in.map(0, shape -> {
            if (in.node().attribute("axis").isEmpty()) {
                return Shape.of(Dim.unknown());
            }
            var dims = new ArrayList<>(shape.dims());
            dims.set(in.axis(in.integer("axis", 0), shape.rank()), Dim.unknown());
            return new Shape(dims);
        }));
    }

    private static List<Typed> nonZero(NodeContext in) {
        var shape = in.shape(0);
        return List.of(Typed.of(DType.INT64, shape == null ? Dim.unknown() : Dim.of(shape.rank()), Dim.unknown()));
    }

    private static List<Typed> oneHot(NodeContext in) {
        var indices = in.shape(0);
        if (indices == null) {
            return List.of(Typed.of(in.type(2), (Shape) null));
        }
        // The depth may be of any numeric type.
        var constant = in.input(1).constant();
        var values = constant != null && constant.type().prunable() ? in.doubles(1) : null;
        var depth = values != null && values.length == 1 ? Term.of((long) values[0]) : in.term(1);
        var dims = new ArrayList<>(indices.dims());
        dims.add(in.axis(in.integer("axis", -1), indices.rank() + 1), depth.toDim());
        return List.of(Typed.of(in.type(2), dims));
    }

    private static List<Typed> topK(NodeContext in) {
        var shape = in.shape(0);
        if (shape == null) {
            return List.of(in.like(0), Typed.of(DType.INT64, (Shape) null));
        }
        var k = in.has(1) ? in.term(1) : Term.of(in.integer("k", 0));
        var dims = new ArrayList<>(shape.dims());
        int axis = in.axis(in.integer("axis", -1), shape.rank());
        dims.set(axis, k.toDim());
        return List.of(Typed.of(in.type(0), dims), Typed.of(DType.INT64, dims));
    }

    private static List<Typed> unique(NodeContext in) {
        var counts = Typed.of(DType.INT64, Dim.unknown());
        if (in.node().attribute("axis").isEmpty()) {
            return List.of(Typed.of(in.type(0), Dim.unknown()), counts, counts, counts);
        }
        return List.of(compress(in).getFirst(), counts, counts, counts);
    }
}
