package dev.coppice.train.torch;

import static dev.coppice.train.torch.Call.scalar;
import static dev.coppice.train.torch.Lowering.one;

import java.util.Map;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** Resize and Upsample: each axis by itself, nearest neighbours by selection, the others by a product with a matrix of weights. */
final class ResizeLowerings {

    private ResizeLowerings() {}

    static void register(Map<String, Lowering> table) {
        table.put("Resize", one(ResizeLowerings::resize));
        table.put("Upsample", one(ResizeLowerings::upsample));
    }

    /** Computes what versions 7 and 9 had in Resize's place: given scales, asymmetric. */
    private static Tensor upsample(Call call) {
        var scales = call.has(1) ? floats(call.in(1)) : reals(call, "scales");
        var axes = axes(call, null, scales, null, null);
        return resize(call, axes, "asymmetric", "simple");
    }

    private static Tensor resize(Call call) {
        var named = call.integers("axes");
        if (call.opset() < 11) {
            return resize(call, axes(call, named, floats(call.in(1)), null, null), "asymmetric", "simple");
        }
        var transformation = call.text("coordinate_transformation_mode", "half_pixel");
        var region = call.has(1) && call.in(1).numel() > 0 ? floats(call.in(1)) : null;
        var scales = call.has(2) && call.in(2).numel() > 0 ? floats(call.in(2)) : null;
        var sizes = call.has(3) && call.in(3).numel() > 0 ? call.longs(3) : null;
        return resize(
                call,
                axes(call, named, scales, sizes, region),
                transformation,
                call.text("nearest_mode", "round_prefer_floor"));
    }

    private static Tensor resize(Call call, ResizeAxis[] axes, String transformation, String rounding) {
        var mode = call.text("mode", "nearest");
        var whole = mode.equals("linear") ? bilinear(call, axes, transformation) : null;
        if (whole == null && mode.equals("nearest")) {
            whole = repeated(call, axes, transformation, rounding);
        }
        if (whole != null) {
            return whole;
        }
        boolean stretch = call.flag("antialias");
        boolean excludes = call.flag("exclude_outside");
        var kernel = mode.equals("cubic")
                ? ResizeAxis.Kernel.cubic(call.real("cubic_coeff_a", -0.75))
                : (ResizeAxis.Kernel) ResizeAxis.Kernel::linear;
        var result = call.in(0);
        for (int i = 0; i < axes.length; i++) {
            var axis = axes[i];
            if (axis.isIdentity(transformation)) {
                continue;
            }
            result = switch (mode) {
                case "nearest" -> result.index_select(i, torch.tensor(axis.nearest(transformation, rounding)));
                case "linear", "cubic" ->
                    weighted(
                            result,
                            i,
                            axis,
                            axis.weights(transformation, kernel, mode.equals("cubic") ? 2 : 1, stretch, excludes));
                default -> throw new Lowering.Refusal("the mode " + mode);
            };
        }
        return transformation.equals("tf_crop_and_resize") ? extrapolated(call, result, axes) : result;
    }

    private static Tensor weighted(Tensor x, int place, ResizeAxis axis, double[] weights) {
        var matrix = Tensors.of(weights, x.scalar_type().intern(), axis.out(), axis.in());
        return x.movedim(place, -1).matmul(matrix.t()).movedim(-1, place);
    }

    /** Returns libtorch's own result where its bilinear resize means the same, else null. */
    private static @Nullable Tensor bilinear(Call call, ResizeAxis[] axes, String transformation) {
        boolean corners = transformation.equals("align_corners");
        boolean same = corners
                || transformation.equals("half_pixel")
                || (transformation.equals("pytorch_half_pixel")
                        && axes.length == 4
                        && axes[2].out() > 1
                        && axes[3].out() > 1);
        if (!same || call.flag("antialias") || !isPlane(call, axes, transformation)) {
            return null;
        }
        return torch.upsample_bilinear2d(
                call.in(0),
                new long[] {axes[2].out(), axes[3].out()},
                corners,
                new DoubleOptional(axes[2].scale()),
                new DoubleOptional(axes[3].scale()));
    }

    /** Returns libtorch's own result for nearest neighbours where each element is repeated twice or four times, else null. */
    private static @Nullable Tensor repeated(Call call, ResizeAxis[] axes, String transformation, String rounding) {
        if (!isPlane(call, axes, transformation)) {
            return null;
        }
        for (int i = 2; i < 4; i++) {
            boolean power = axes[i].scale() == 1 || axes[i].scale() == 2 || axes[i].scale() == 4;
            if (!power || axes[i].out() != axes[i].in() * (long) axes[i].scale()) {
                return null;
            }
        }
        boolean floors =
                (transformation.equals("asymmetric") && (rounding.equals("floor") || rounding.equals("simple")))
                        || (transformation.equals("half_pixel") && rounding.startsWith("round"));
        return floors ? torch.upsample_nearest2d(call.in(0), axes[2].out(), axes[3].out()) : null;
    }

    /** Tells whether only the last two of four axes change, of numbers that libtorch resizes. */
    private static boolean isPlane(Call call, ResizeAxis[] axes, String transformation) {
        return axes.length == 4
                && call.in(0).is_floating_point()
                && axes[0].isIdentity(transformation)
                && axes[1].isIdentity(transformation);
    }

    /** Puts {@code extrapolation_value} where a coordinate lies outside the input on any axis. */
    private static Tensor extrapolated(Call call, Tensor result, ResizeAxis[] axes) {
        var x = result;
        for (int i = 0; i < axes.length; i++) {
            var sizes = Windows.filled(axes.length, 1);
            sizes[i] = axes[i].out();
            var inside = new double[(int) axes[i].out()];
            for (int k = 0; k < inside.length; k++) {
                inside[k] = axes[i].isInside("tf_crop_and_resize", k) ? 1 : 0;
            }
            var outside = Tensors.of(inside, torch.ScalarType.Bool, sizes).logical_not();
            x = x.masked_fill(outside, scalar(call.real("extrapolation_value", 0)));
        }
        return x;
    }

    private static ResizeAxis[] axes(
            Call call,
            long @Nullable [] named,
            float @Nullable [] scales,
            long @Nullable [] sizes,
            float @Nullable [] region) {
        int rank = (int) call.rank(0);
        var places = named == null ? NormLowerings.range(0, rank) : named;
        var axes = new ResizeAxis[rank];
        for (int i = 0; i < rank; i++) {
            axes[i] = new ResizeAxis(call.in(0).size(i), call.in(0).size(i), 1, 0, 1);
        }
        float common = sizes == null ? 0 : common(call, places, sizes);
        for (int i = 0; i < places.length; i++) {
            int place = (int) call.axis(places[i], rank);
            long in = call.in(0).size(place);
            float scale;
            long out;
            if (scales != null) {
                scale = scales[i];
                out = (long) Math.floor(in * scale);
            } else if (sizes != null) {
                out = common == 0 ? sizes[i] : (long) Math.floor(in * common + 0.5f);
                scale = common == 0 ? (float) out / in : common;
            } else {
                throw new Lowering.Refusal("neither scales nor sizes");
            }
            float start = region == null ? 0 : region[i];
            float end = region == null ? 1 : region[places.length + i];
            axes[place] = new ResizeAxis(in, out, scale, start, end);
        }
        return axes;
    }

    /** Returns the one scale of all axes that {@code keep_aspect_ratio_policy} asks for, 0 when each has its own. */
    private static float common(Call call, long[] places, long[] sizes) {
        var policy = call.text("keep_aspect_ratio_policy", "stretch");
        if (policy.equals("stretch")) {
            return 0;
        }
        boolean smaller = policy.equals("not_larger");
        float common = smaller ? Float.MAX_VALUE : 0;
        for (int i = 0; i < places.length; i++) {
            float scale = (float) sizes[i] / call.in(0).size(call.axis(places[i], call.rank(0)));
            common = smaller ? Math.min(common, scale) : Math.max(common, scale);
        }
        return common;
    }

    private static float[] reals(Call call, String name) {
        if (!(call.node().attribute(name).orElse(null) instanceof dev.coppice.ir.Attribute.FloatsValue(var values))) {
            throw new Lowering.Refusal(name + " are missing");
        }
        var array = new float[values.size()];
        for (int i = 0; i < array.length; i++) {
            array[i] = values.get(i);
        }
        return array;
    }

    private static float[] floats(Tensor tensor) {
        try (var _ = new Scope()) {
            var plain = tensor.to(torch.ScalarType.Float).contiguous();
            return Tensors.segment(plain).toArray(java.lang.foreign.ValueLayout.JAVA_FLOAT);
        }
    }
}
