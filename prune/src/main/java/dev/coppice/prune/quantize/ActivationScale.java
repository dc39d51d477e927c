package dev.coppice.prune.quantize;

/**
 * An activation in uint8: {@code x ≈ scale (q - zeroPoint)}, {@code q} from 0 to 255 (Jacob et al. 2018, section 2.1). Zero has a code of its
 * own, so zeros that pad are exact.
 */
record ActivationScale(float scale, int zeroPoint) {

    static final int MOST = 255;

    /** Spreads the codes over a range, widened to hold zero. */
    static ActivationScale of(ActivationRange range) {
        double min = Math.min(0, range.min());
        double max = Math.max(0, range.max());
        if (min == max) {
            return new ActivationScale(1, 0);
        }
        // Neither the scale nor a product with it may become subnormal.
        float scale = (float) Math.max((max - min) / MOST, Float.MIN_NORMAL);
        return new ActivationScale(scale, (int) Math.clamp(Math.rint(-min / scale), 0, MOST));
    }

    /** Returns the scale under which a number of any sign is one of the codes 0 and 255, to rounding of its scale. */
    static ActivationScale ofConstant(float value) {
        return of(new ActivationRange(Math.min(0, value), Math.max(0, value)));
    }

    /** Returns the same codes for values multiplied by a positive factor. */
    ActivationScale times(float factor) {
        return new ActivationScale(scale * factor, zeroPoint);
    }

    int quantize(float value) {
        return (int) Math.clamp(Math.rint(value / scale) + zeroPoint, 0, MOST);
    }
}
