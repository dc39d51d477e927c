package dev.coppice.train.torch;

import static dev.coppice.train.torch.Call.scalar;
import static dev.coppice.train.torch.Lowering.one;

import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Pooling over the spatial axes. */
final class PoolLowerings {

    private PoolLowerings() {}

    static void register(Map<String, Lowering> table) {
        table.put("MaxPool", PoolLowerings::max);
        table.put("AveragePool", one(PoolLowerings::average));
        table.put("GlobalAveragePool", one(call -> call.in(0).mean(spatialAxes(call), true, new ScalarTypeOptional())));
        table.put("LpPool", one(PoolLowerings::norms));
        table.put("GlobalLpPool", one(PoolLowerings::globalNorm));
        table.put("GlobalMaxPool", one(call -> call.in(0).amax(spatialAxes(call), true)));
    }

    private static long[] spatialAxes(Call call) {
        return NormLowerings.range(2, (int) call.rank(0));
    }

    private static List<Tensor> max(Call call) {
        if (call.node().outputs().size() > 1) {
            throw new Lowering.Refusal("the indices of the maxima are not computed");
        }
        var x = call.in(0);
        var windows = windows(call, x);
        // Padding by minus infinity in front covers asymmetric pads and ceil_mode alike; libtorch's own saves that
        // copy.
        boolean own = padsItself(call, windows);
        var lowest =
                x.is_floating_point() ? scalar(Double.NEGATIVE_INFINITY) : new org.bytedeco.pytorch.Scalar(lowest(x));
        var padded = own ? x : padded(call, x, windows, lowest);
        var pads = own ? windows.begin() : new long[windows.rank()];
        return List.of(
                switch (windows.rank()) {
                    case 1 ->
                        torch.max_pool1d(padded, windows.kernel(), windows.strides(), pads, windows.dilations(), false);
                    case 2 ->
                        torch.max_pool2d(padded, windows.kernel(), windows.strides(), pads, windows.dilations(), false);
                    case 3 ->
                        torch.max_pool3d(padded, windows.kernel(), windows.strides(), pads, windows.dilations(), false);
                    default -> throw new Lowering.Refusal(windows.rank() + " spatial axes");
                });
    }

    /** Tells whether libtorch can pad in this way itself: alike on both sides, by half a window at most, without ceil_mode. */
    private static boolean padsItself(Call call, Windows windows) {
        boolean own = windows.symmetric() && !call.flag("ceil_mode");
        for (int i = 0; i < windows.rank(); i++) {
            own &= windows.begin()[i] <= windows.kernel()[i] / 2;
        }
        return own;
    }

    private static long lowest(Tensor x) {
        return x.scalar_type().intern() == torch.ScalarType.Byte ? 0 : Byte.MIN_VALUE;
    }

    private static Tensor average(Call call) {
        var x = call.in(0);
        var windows = windows(call, x);
        boolean counted = call.flag("count_include_pad");
        for (long dilation : windows.dilations()) {
            if (dilation != 1) {
                throw new Lowering.Refusal("dilated averages");
            }
        }
        if (padsItself(call, windows)) {
            return means(x, windows, windows.begin(), counted);
        }
        var sums = sums(call, x, windows, scalar(0));
        var ones = torch.ones_like(x.detach());
        // What lies beyond the declared padding (by ceil_mode) never counts; the padding itself does when asked.
        var inside = counted ? torch.constant_pad_nd(ones, windows.reversedPads(), scalar(1)) : ones;
        var from = counted
                ? new Windows(
                        windows.kernel(),
                        windows.strides(),
                        windows.dilations(),
                        new long[windows.rank()],
                        new long[windows.rank()])
                : windows;
        return sums.div(sums(call, inside, from, scalar(0)));
    }

    /** The p-norm of each window; padding adds nothing to it. */
    private static Tensor norms(Call call) {
        double p = (double) call.integer("p", 2);
        var windows = windows(call, call.in(0));
        for (long dilation : windows.dilations()) {
            if (dilation != 1) {
                throw new Lowering.Refusal("dilated norms");
            }
        }
        return torch.pow(sums(call, torch.pow(call.in(0).abs(), scalar(p)), windows, scalar(0)), scalar(1 / p));
    }

    private static Tensor globalNorm(Call call) {
        double p = (double) call.integer("p", 2);
        var powers = torch.pow(call.in(0).abs(), scalar(p));
        return torch.pow(powers.sum(spatialAxes(call), true, new ScalarTypeOptional()), scalar(1 / p));
    }

    /** Sums each window: the mean without any padding of libtorch's own, times the window's size. */
    private static Tensor sums(Call call, Tensor x, Windows windows, org.bytedeco.pytorch.Scalar filler) {
        long size = 1;
        for (long side : windows.kernel()) {
            size *= side;
        }
        return means(padded(call, x, windows, filler), windows, new long[windows.rank()], true)
                .mul(scalar((double) size));
    }

    /** Averages each window; the zeros of libtorch's own padding count when {@code counted}. */
    private static Tensor means(Tensor x, Windows windows, long[] pads, boolean counted) {
        var divisor = new org.bytedeco.pytorch.LongOptional();
        return switch (windows.rank()) {
            case 1 -> torch.avg_pool1d(x, windows.kernel(), windows.strides(), pads, false, counted);
            case 2 -> torch.avg_pool2d(x, windows.kernel(), windows.strides(), pads, false, counted, divisor);
            case 3 -> torch.avg_pool3d(x, windows.kernel(), windows.strides(), pads, false, counted, divisor);
            default -> throw new Lowering.Refusal(windows.rank() + " spatial axes");
        };
    }

    private static Windows windows(Call call, Tensor x) {
        var kernel = call.integers("kernel_shape");
        if (kernel == null) {
            throw new Lowering.Refusal("kernel_shape is missing");
        }
        return Windows.of(call, kernel, ConvolutionLowerings.spatial(x));
    }

    /** Pads as declared, and with {@code ceil_mode} also so far that the last, partial window fits. */
    private static Tensor padded(Call call, Tensor x, Windows windows, org.bytedeco.pytorch.Scalar filler) {
        var pads = windows.reversedPads();
        if (call.flag("ceil_mode")) {
            for (int i = 0; i < windows.rank(); i++) {
                long size = x.size(i + 2) + windows.begin()[i] + windows.end()[i];
                long span = (windows.kernel()[i] - 1) * windows.dilations()[i] + 1;
                long outputs = Math.ceilDiv(size - span, windows.strides()[i]) + 1;
                // A window that would start in the padding behind the input is left out.
                if ((outputs - 1) * windows.strides()[i] >= x.size(i + 2) + windows.begin()[i]) {
                    outputs--;
                }
                long needed = (outputs - 1) * windows.strides()[i] + span;
                pads[2 * (windows.rank() - 1 - i) + 1] += Math.max(0, needed - size);
            }
        }
        for (long pad : pads) {
            if (pad != 0) {
                return torch.constant_pad_nd(x, pads, filler);
            }
        }
        return x;
    }
}
