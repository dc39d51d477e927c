package dev.coppice.train.torch;

/**
 * One axis of a Resize: where each output position lies on the input.
 *
 * @param in the axis's size before
 * @param out the axis's size after
 * @param scale {@code out / in} as the node states it, which rounding of the size may have changed
 * @param start the beginning of the region of interest, as a share of the axis; for {@code tf_crop_and_resize} only
 * @param end its end
 */
record ResizeAxis(long in, long out, float scale, float start, float end) {

    boolean isIdentity(String transformation) {
        return in == out && scale == 1 && !transformation.equals("tf_crop_and_resize");
    }

    /**
     * Returns the coordinate on the input of output position {@code i}.
     *
     * <p>In float32 as ONNX Runtime does: at nearest neighbours a rounding more or less is another element.
     */
    float coordinate(String transformation, long i) {
        return switch (transformation) {
            case "half_pixel" -> (i + 0.5f) / scale - 0.5f;
            case "half_pixel_symmetric" -> {
                float adjustment = (float) out / (scale * (float) in);
                yield (float) in / 2 * (1 - adjustment) + (i + 0.5f) / scale - 0.5f;
            }
            case "pytorch_half_pixel" -> out > 1 ? (i + 0.5f) / scale - 0.5f : 0;
            case "asymmetric" -> (float) i / scale;
            case "align_corners" -> out == 1 ? 0 : (float) i * (float) (in - 1) / (float) (out - 1);
            case "tf_half_pixel_for_nn" -> (i + 0.5f) / scale;
            case "tf_crop_and_resize" ->
                out > 1
                        ? start * (in - 1) + (float) i * (end - start) * (in - 1) / (float) (out - 1)
                        : 0.5f * (start + end) * (in - 1);
            default -> throw new Lowering.Refusal("the coordinate transformation " + transformation);
        };
    }

    /** Tells whether the coordinate lies on the input; those of a cropped region may not. */
    boolean isInside(String transformation, long i) {
        float coordinate = coordinate(transformation, i);
        return coordinate >= 0 && coordinate <= in - 1;
    }

    /** Returns the input position nearest to each output position. */
    long[] nearest(String transformation, String rounding) {
        var picked = new long[(int) out];
        for (int i = 0; i < out; i++) {
            float x = coordinate(transformation, i);
            double rounded = switch (rounding) {
                case "floor" -> Math.floor(x);
                case "ceil" -> Math.ceil(x);
                case "round_prefer_floor" -> Math.ceil(x - 0.5);
                case "round_prefer_ceil" -> Math.floor(x + 0.5);
                // Version 10 and Upsample left it open; this is what ONNX Runtime does for them.
                case "simple" -> scale < 1 ? Math.ceil(x) : Math.floor(x);
                default -> throw new Lowering.Refusal("the nearest_mode " + rounding);
            };
            picked[i] = clamp((long) rounded);
        }
        return picked;
    }

    /**
     * Returns the weights [out, in] of the input's elements, row-major.
     *
     * @param kernel the interpolation's weight at a distance
     * @param reach how far the kernel is not zero: 1 for linear, 2 for cubic
     * @param stretch widens the kernel when the axis shrinks, against aliasing
     * @param excludes whether positions beyond the border count for nothing instead of as the border's element
     */
    double[] weights(String transformation, Kernel kernel, int reach, boolean stretch, boolean excludes) {
        double narrow = stretch ? Math.min(1, scale) : 1;
        var weights = new double[(int) (out * in)];
        for (int i = 0; i < out; i++) {
            double x = coordinate(transformation, i);
            long first = (long) Math.ceil(x - reach / narrow);
            long last = (long) Math.floor(x + reach / narrow);
            double sum = 0;
            for (long k = first; k <= last; k++) {
                sum += excludes && clamp(k) != k ? 0 : kernel.at(Math.abs(k - x) * narrow);
            }
            for (long k = first; k <= last; k++) {
                if (!excludes || clamp(k) == k) {
                    weights[(int) (i * in + clamp(k))] += kernel.at(Math.abs(k - x) * narrow) / sum;
                }
            }
        }
        return weights;
    }

    private long clamp(long i) {
        return Math.max(0, Math.min(i, in - 1));
    }

    /** The weight of an element at a distance not below zero. */
    @FunctionalInterface
    interface Kernel {
        double at(double distance);

        /** The triangle. */
        static double linear(double distance) {
            return Math.max(0, 1 - distance);
        }

        /** Returns the cubic convolution of Keys (1981) with parameter {@code a}. */
        static Kernel cubic(double a) {
            return d -> {
                if (d <= 1) {
                    return ((a + 2) * d - (a + 3)) * d * d + 1;
                }
                return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
            };
        }
    }
}
