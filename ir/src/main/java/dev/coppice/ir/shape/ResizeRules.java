package dev.coppice.ir.shape;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Resampling of images. */
final class ResizeRules {

    static final Map<String, Rule> RULES = Map.of(
            "Upsample", in -> List.of(in.map(0, s -> scaled(in, s, in.has(1) ? 1 : -1))),
            "Resize", in -> List.of(in.map(0, s -> resize(in, s))),
            "GridSample", ResizeRules::gridSample,
            "AffineGrid", ResizeRules::affineGrid,
            "Col2Im", in -> List.of(in.map(0, s -> pictures(in, s))));

    private ResizeRules() {}

    /** Inputs: X, region, scales, sizes; in opset 10: X, scales. An empty tensor counts as left out. */
    private static Shape resize(NodeContext in, Shape shape) {
        boolean opset10 = in.inputs().size() == 2;
        return in.has(3) ? sized(in, shape) : scaled(in, shape, opset10 ? 1 : 2);
    }

    private static List<Long> axes(NodeContext in, int rank) {
        var axes = in.ints("axes");
        return axes == null ? LongStream.range(0, rank).boxed().toList() : axes;
    }

    private static Shape sized(NodeContext in, Shape shape) {
        var sizes = in.integers(3, "");
        var axes = axes(in, shape.rank());
        boolean stretch =
                in.node().stringAttribute("keep_aspect_ratio_policy", "stretch").equals("stretch");
        if (sizes == null || !stretch) {
            return unknown(shape, axes, in);
        }
        if (sizes.size() != axes.size()) {
            throw in.bad("%d sizes for an input of shape %s".formatted(sizes.size(), shape));
        }
        var dims = new ArrayList<>(shape.dims());
        for (int i = 0; i < axes.size(); i++) {
            dims.set(in.axis(axes.get(i), shape.rank()), sizes.get(i).toDim());
        }
        return new Shape(dims);
    }

    private static Shape scaled(NodeContext in, Shape shape, int input) {
        var scales = scales(in, input);
        var axes = axes(in, shape.rank());
        if (scales == null) {
            return unknown(shape, axes, in);
        }
        if (scales.length != axes.size()) {
            throw in.bad("%d scales for an input of shape %s".formatted(scales.length, shape));
        }
        var dims = new ArrayList<>(shape.dims());
        for (int i = 0; i < axes.size(); i++) {
            double scale = scales[i];
            int axis = in.axis(axes.get(i), shape.rank());
            if (!(scale > 0)) {
                throw in.bad("a scale of " + scale);
            }
            dims.set(axis, scale == 1 ? shape.dim(axis) : Dims.map(shape.dim(axis), n -> (long) Math.floor(n * scale)));
        }
        return new Shape(dims);
    }

    /** Returns the scales of a constant input or, in opset 7, of an attribute; null when they are not known. */
    private static double @Nullable [] scales(NodeContext in, int input) {
        var attribute = in.node().attribute("scales").orElse(null);
        if (attribute instanceof Attribute.FloatsValue(var values)) {
            return values.stream().mapToDouble(v -> v).toArray();
        }
        return input < 0 || !in.has(input) ? null : in.doubles(input);
    }

    private static Shape unknown(Shape shape, List<Long> axes, NodeContext in) {
        var changed = in.axes(axes, shape.rank());
        return new Shape(IntStream.range(0, shape.rank())
                .mapToObj(i -> changed[i] ? Dim.unknown() : shape.dim(i))
                .toList());
    }

    /** Samples {@code [batch, channels, in...]} at the points of a grid {@code [batch, out..., axes]}. */
    private static List<Typed> gridSample(NodeContext in) {
        var image = in.shape(0);
        var grid = in.shape(1);
        if (image == null || grid == null) {
            return List.of(Typed.of(in.type(0), (Shape) null));
        }
        in.rank(grid, 3, Integer.MAX_VALUE);
        var dims = new ArrayList<>(List.of(in.dim(0, 0), in.dim(0, 1)));
        dims.addAll(grid.dims().subList(1, grid.rank() - 1));
        return List.of(Typed.of(in.type(0), dims));
    }

    /** Transforms {@code [batch, axes, axes + 1]} over an image of size {@code [batch, channels, out...]}. */
    private static List<Typed> affineGrid(NodeContext in) {
        var size = in.integers(1, "");
        if (size == null || size.size() < 3) {
            return List.of(Typed.of(in.type(0), (Shape) null));
        }
        var dims = new ArrayList<Dim>();
        dims.add(size.getFirst().toDim());
        size.subList(2, size.size()).forEach(t -> dims.add(t.toDim()));
        dims.add(Dim.of(size.size() - 2));
        return List.of(Typed.of(in.type(0), dims));
    }

    /** columns [N, C*kernel, L], size of the pictures, size of the kernel -> [N, C, pictures..]. */
    private static Shape pictures(NodeContext in, Shape shape) {
        in.rank(shape, 3, 3);
        var sizes = in.integers(1, "");
        var kernel = in.numbers(2, "");
        int rank = sizes != null ? sizes.size() : kernel != null ? kernel.size() : 2;
        var dims = new ArrayList<Dim>();
        dims.add(shape.dim(0));
        long places = kernel == null ? 0 : kernel.stream().reduce(1L, Math::multiplyExact);
        dims.add(places < 1 ? Dim.unknown() : Dims.map(shape.dim(1), n -> n / places));
        for (int i = 0; i < rank; i++) {
            dims.add(sizes == null ? Dim.unknown() : sizes.get(i).toDim());
        }
        return new Shape(dims);
    }
}
