package dev.coppice.train.torch;

import static dev.coppice.train.torch.Call.scalar;
import static dev.coppice.train.torch.Lowering.one;

import java.util.Arrays;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Convolutions of one to three spatial axes, grouped and transposed. */
final class ConvolutionLowerings {

    private ConvolutionLowerings() {}

    static void register(Map<String, Lowering> table) {
        table.put("Conv", one(ConvolutionLowerings::convolution));
        table.put("ConvTranspose", one(ConvolutionLowerings::transposed));
    }

    /** Returns the sizes of the axes after batch and channels. */
    static long[] spatial(Tensor tensor) {
        var sizes = Tensors.sizes(Tensors.dims(tensor));
        return Arrays.copyOfRange(sizes, 2, sizes.length);
    }

    private static Tensor convolution(Call call) {
        var x = call.layout().arrange(call.in(0)); // [N, C, spatial...]
        var weight = call.in(1); // [M, C/groups, kernel...]
        var windows = Windows.of(call, spatial(weight), spatial(x));
        boolean symmetric = windows.symmetric();
        var padded = symmetric ? x : torch.constant_pad_nd(x, windows.reversedPads(), scalar(0));
        var pads = symmetric ? windows.begin() : new long[windows.rank()];
        return torch.convolution(
                padded,
                weight,
                call.optional(2),
                windows.strides(),
                pads,
                windows.dilations(),
                false,
                new long[windows.rank()],
                call.integer("group", 1));
    }

    private static Tensor transposed(Call call) {
        var x = call.in(0); // [N, C, spatial...]
        var weight = call.in(1); // [C, M/groups, kernel...]
        var kernel = spatial(weight);
        int rank = kernel.length;
        var strides = call.integers("strides", Windows.filled(rank, 1));
        var dilations = call.integers("dilations", Windows.filled(rank, 1));
        var extra = call.integers("output_padding", new long[rank]);
        // Unpadded first: ONNX may ask for other cuts before and after than libtorch can express.
        var full = torch.convolution(
                x,
                weight,
                call.optional(2),
                strides,
                new long[rank],
                dilations,
                true,
                new long[rank],
                call.integer("group", 1));
        var sizes = spatial(x);
        var result = full;
        for (int i = 0; i < rank; i++) {
            long unpadded = (sizes[i] - 1) * strides[i] + (kernel[i] - 1) * dilations[i] + 1 + extra[i];
            long[] cut = cut(call, i, rank, unpadded, sizes[i] * strides[i]);
            result = slice(call, result, i + 2, cut[0], unpadded - cut[0] - cut[1]);
        }
        return result;
    }

    /** Returns how much is cut off before and after axis {@code i}. */
    private static long[] cut(Call call, int i, int rank, long unpadded, long same) {
        var outputs = call.integers("output_shape");
        var automatic = call.text("auto_pad", "NOTSET");
        if (outputs == null && !automatic.startsWith("SAME")) {
            var pads = call.integers("pads", new long[2 * rank]);
            return new long[] {pads[i], pads[rank + i]};
        }
        long wanted = outputs == null ? same : outputs[outputs.length - rank + i];
        long total = unpadded - wanted;
        if (total < 0) {
            return new long[] {0, total}; // longer than the products reach: the end is padded
        }
        long smaller = total / 2;
        return automatic.equals("SAME_UPPER")
                ? new long[] {smaller, total - smaller}
                : new long[] {total - smaller, smaller};
    }

    /** Takes {@code length} positions from {@code start} on; those beyond the end are the bias alone, or zero. */
    private static Tensor slice(Call call, Tensor full, int axis, long start, long length) {
        long available = full.size(axis);
        if (start == 0 && length == available) {
            return full;
        }
        if (start >= 0 && start + length <= available) {
            return full.narrow(axis, start, length);
        }
        var pads = new long[2 * (int) (full.dim() - axis)];
        pads[pads.length - 2] = -start;
        pads[pads.length - 1] = start + length - available;
        var bias = call.has(2) ? call.in(2).reshape(channels(call.in(2).numel(), full.dim())) : null;
        var bare = bias == null ? full : full.sub(bias);
        var padded = torch.constant_pad_nd(bare, pads, scalar(0));
        return bias == null ? padded : padded.add(bias);
    }

    /** Returns the sizes that let one number a channel broadcast over [N, C, spatial...]. */
    static long[] channels(long channels, long rank) {
        var sizes = Windows.filled((int) rank, 1);
        sizes[1] = channels;
        return sizes;
    }
}
