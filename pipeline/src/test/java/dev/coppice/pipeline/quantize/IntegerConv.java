package dev.coppice.pipeline.quantize;

/** A quantized convolution as one loop over indices, in any number of dimensions; what ONNX Runtime is held against. */
record IntegerConv(int[] in, int[] kernel, int outChannels, int groups, int[] strides, int[] dilations, int[] pads) {

    private int spatial() {
        return in.length - 1;
    }

    /** Returns the sizes of the output: channels and spatial. */
    int[] out() {
        var out = new int[in.length];
        out[0] = outChannels;
        for (int d = 0; d < spatial(); d++) {
            int extent = dilations[d] * (kernel[d] - 1) + 1;
            out[d + 1] = (in[d + 1] + pads[d] + pads[d + spatial()] - extent) / strides[d] + 1;
        }
        return out;
    }

    /** Returns the sum over input channels and kernel of (x - zero) w, plus the bias, in int32, for one image. */
    int[] accumulate(int[] x, int zero, byte[] w, int[] bias) {
        var out = out();
        var sums = new int[product(out)];
        int each = in[0] / groups; // input channels of a group
        var at = new int[out.length];
        for (int o = 0; o < sums.length; o++) {
            unravel(o, out, at);
            int group = at[0] / (outChannels / groups);
            int sum = bias.length == 0 ? 0 : bias[at[0]];
            var tap = new int[spatial() + 1];
            int taps = each * product(kernel);
            for (int t = 0; t < taps; t++) {
                unravel(t, prepend(each, kernel), tap);
                int index = group * each + tap[0];
                boolean inside = true;
                for (int d = 0; d < spatial(); d++) {
                    int place = at[d + 1] * strides[d] + tap[d + 1] * dilations[d] - pads[d];
                    inside &= place >= 0 && place < in[d + 1];
                    index = index * in[d + 1] + place;
                }
                sum += inside ? (x[index] - zero) * w[at[0] * taps + t] : 0;
            }
            sums[o] = sum;
        }
        return sums;
    }

    static int product(int[] sizes) {
        int product = 1;
        for (int size : sizes) {
            product *= size;
        }
        return product;
    }

    private static int[] prepend(int first, int[] rest) {
        var all = new int[rest.length + 1];
        all[0] = first;
        System.arraycopy(rest, 0, all, 1, rest.length);
        return all;
    }

    private static void unravel(int flat, int[] sizes, int[] into) {
        int rest = flat;
        for (int d = sizes.length - 1; d >= 0; d--) {
            into[d] = rest % sizes[d];
            rest /= sizes[d];
        }
    }
}
