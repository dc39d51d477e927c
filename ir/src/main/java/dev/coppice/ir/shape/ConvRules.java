package dev.coppice.ir.shape;

import dev.coppice.ir.DType;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Convolutions: input {@code [batch, inC, spatial...]}, weight {@code [outC, inC/groups, kernel...]}. */
final class ConvRules {

    static final Map<String, Rule> RULES = Map.of(
            "Conv", in -> conv(in, in.type(0), 1),
            "ConvInteger", in -> conv(in, DType.INT32, 1),
            "DeformConv", in -> conv(in, in.type(0), 1),
            "QLinearConv", in -> conv(in, in.type(7), 3),
            "com.microsoft::FusedConv", in -> conv(in, in.type(0), 1),
            "ConvTranspose", ConvRules::transposed);

    private ConvRules() {}

    private static List<Typed> conv(NodeContext in, @Nullable DType type, int weight) {
        var input = in.shape(0);
        if (input == null) {
            return List.of(Typed.of(type, (Shape) null));
        }
        int axes = in.rank(input, 3, 5).rank() - 2;
        var window = Window.of(in, Window.kernel(in, weight, axes), axes);
        var dims = new ArrayList<Dim>();
        dims.add(input.dim(0));
        dims.add(in.dim(weight, 0));
        for (int i = 0; i < axes; i++) {
            dims.add(window.positions(in, i, input.dim(i + 2)));
        }
        return List.of(Typed.of(type, dims));
    }

    /** The weight is {@code [inC, outC/groups, kernel...]}. */
    private static List<Typed> transposed(NodeContext in) {
        var input = in.shape(0);
        if (input == null) {
            return List.of(in.like(0));
        }
        int axes = in.rank(input, 3, 5).rank() - 2;
        var window = Window.of(in, Window.kernel(in, 1, axes), axes);
        var sizes = in.ints("output_shape");
        var padding = in.ints("output_padding");
        if ((sizes != null && sizes.size() != axes) || (padding != null && padding.size() != axes)) {
            throw in.bad("output_shape %s, output_padding %s over %d axes".formatted(sizes, padding, axes));
        }
        var dims = new ArrayList<Dim>();
        dims.add(input.dim(0));
        dims.add(Dims.multiply(in.dim(1, 1), Dim.of(in.integer("group", 1))));
        for (int i = 0; i < axes; i++) {
            dims.add(
                    sizes != null
                            ? Dim.of(sizes.get(i))
                            : window.transposed(i, input.dim(i + 2), padding == null ? 0 : padding.get(i)));
        }
        return List.of(Typed.of(in.type(0), dims));
    }
}
