package dev.coppice.train.torch;

import java.util.Arrays;

/**
 * The sliding window of a convolution or pooling over the spatial axes.
 *
 * @param kernel sizes, one a spatial axis, as the other arrays
 * @param begin padding before
 * @param end padding after
 */
@SuppressWarnings("ArrayRecordComponent") // read inside this package only, never compared
record Windows(long[] kernel, long[] strides, long[] dilations, long[] begin, long[] end) {

    /** Reads a node's attributes; {@code kernel} is the window's size, {@code sizes} the input's spatial sizes. */
    static Windows of(Call call, long[] kernel, long[] sizes) {
        int rank = kernel.length;
        var strides = call.integers("strides", filled(rank, 1));
        var dilations = call.integers("dilations", filled(rank, 1));
        var begin = new long[rank];
        var end = new long[rank];
        var pads = call.integers("pads", new long[2 * rank]);
        var automatic = call.text("auto_pad", "NOTSET");
        for (int i = 0; i < rank; i++) {
            if (automatic.startsWith("SAME")) {
                long outputs = Math.ceilDiv(sizes[i], strides[i]);
                long total = Math.max(0, (outputs - 1) * strides[i] + (kernel[i] - 1) * dilations[i] + 1 - sizes[i]);
                begin[i] = automatic.equals("SAME_UPPER") ? total / 2 : total - total / 2;
                end[i] = total - begin[i];
            } else if (automatic.equals("NOTSET")) {
                begin[i] = pads[i];
                end[i] = pads[rank + i];
            }
        }
        return new Windows(kernel, strides, dilations, begin, end);
    }

    boolean symmetric() {
        return Arrays.equals(begin, end);
    }

    /** Returns the padding as libtorch's pad wants it: last axis first, before and after. */
    long[] reversedPads() {
        var pads = new long[2 * begin.length];
        for (int i = 0; i < begin.length; i++) {
            int axis = begin.length - 1 - i;
            pads[2 * i] = begin[axis];
            pads[2 * i + 1] = end[axis];
        }
        return pads;
    }

    int rank() {
        return kernel.length;
    }

    static long[] filled(int rank, long value) {
        var values = new long[rank];
        Arrays.fill(values, value);
        return values;
    }
}
