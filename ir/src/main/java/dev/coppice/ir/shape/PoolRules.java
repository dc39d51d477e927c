package dev.coppice.ir.shape;

import dev.coppice.ir.DType;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Poolings of {@code [batch, channels, spatial...]}. */
final class PoolRules {

    static final Map<String, Rule> RULES = Map.of(
            "AveragePool", in -> List.of(in.map(0, s -> pooled(in, s))),
            "LpPool", in -> List.of(in.map(0, s -> pooled(in, s))),
            "MaxPool", in -> List.of(in.map(0, s -> pooled(in, s)), pooledIndices(in)),
            "GlobalAveragePool", in -> List.of(in.map(0, s -> global(in, s))),
            "GlobalMaxPool", in -> List.of(in.map(0, s -> global(in, s))),
            "GlobalLpPool", in -> List.of(in.map(0, s -> global(in, s))),
            "MaxUnpool", PoolRules::unpool,
            "MaxRoiPool", in -> List.of(regions(in, in.ints("pooled_shape"))),
            "RoiAlign",
                    in -> List.of(regions(in, List.of(in.integer("output_height", 1), in.integer("output_width", 1)))));

    private PoolRules() {}

    private static Shape pooled(NodeContext in, Shape input) {
        int axes = in.rank(input, 3, 5).rank() - 2;
        var window = Window.of(in, Window.kernel(in), axes);
        var dims = new ArrayList<>(input.dims().subList(0, 2));
        for (int i = 0; i < axes; i++) {
            dims.add(window.positions(in, i, input.dim(i + 2)));
        }
        return new Shape(dims);
    }

    private static Typed pooledIndices(NodeContext in) {
        return Typed.of(DType.INT64, in.map(0, s -> pooled(in, s)).shape());
    }

    private static Shape global(NodeContext in, Shape input) {
        var dims = new ArrayList<Dim>();
        for (int i = 0; i < in.rank(input, 2, Integer.MAX_VALUE).rank(); i++) {
            dims.add(i < 2 ? input.dim(i) : Dim.of(1));
        }
        return new Shape(dims);
    }

    private static List<Typed> unpool(NodeContext in) {
        if (in.has(2)) {
            var sizes = in.integers(2, "");
            return List.of(Typed.of(
                    in.type(0),
                    sizes == null
                            ? null
                            : new Shape(sizes.stream().map(Term::toDim).toList())));
        }
        return List.of(in.map(0, input -> {
            int axes = in.rank(input, 3, 5).rank() - 2;
            var window = Window.of(in, Window.kernel(in), axes);
            var dims = new ArrayList<>(input.dims().subList(0, 2));
            for (int i = 0; i < axes; i++) {
                dims.add(window.transposed(i, input.dim(i + 2), 0));
            }
            return new Shape(dims);
        }));
    }

    /** Pools regions {@code [regions, ...]} of an image to a fixed size. */
    private static Typed regions(NodeContext in, @Nullable List<Long> size) {
        if (size == null || size.size() != 2) {
            throw in.bad("a pooled shape of " + size);
        }
        return Typed.of(in.type(0), in.dim(1, 0), in.dim(0, 1), Dim.of(size.get(0)), Dim.of(size.get(1)));
    }
}
