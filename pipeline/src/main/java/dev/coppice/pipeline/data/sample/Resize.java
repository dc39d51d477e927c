package dev.coppice.pipeline.data.sample;

/** Scales images bilinearly; when shrinking, the triangle filter widens so that every pixel counts (no aliasing). */
final class Resize {

    private Resize() {}

    /** Returns [channels, toHeight, toWidth] from [channels, height, width]. */
    static float[] apply(float[] values, Sample.Extent from, int toHeight, int toWidth) {
        int channels = from.channels();
        // Columns first, then rows: [c, h, w] -> [c, h, toW] -> [c, toH, toW].
        var wide = new float[channels * from.height() * toWidth];
        alongAxis(values, wide, channels * from.height(), from.width(), toWidth, 1);
        var scaled = new float[channels * toHeight * toWidth];
        alongAxis(wide, scaled, channels, from.height(), toHeight, toWidth);
        return scaled;
    }

    /** Resamples the middle axis of [outer, length, inner]. */
    private static void alongAxis(float[] in, float[] out, int outer, int length, int toLength, int inner) {
        double scale = (double) length / toLength;
        double reach = Math.max(1, scale);
        for (int to = 0; to < toLength; to++) {
            // Pixel centres lie at half-integers.
            double centre = (to + .5) * scale - .5;
            int first = Math.max(0, (int) Math.ceil(centre - reach));
            int last = Math.min(length - 1, (int) Math.floor(centre + reach));
            double sum = 0;
            for (int from = first; from <= last; from++) {
                sum += weight(from, centre, reach);
            }
            for (int from = first; from <= last; from++) {
                float w = (float) (weight(from, centre, reach) / sum);
                for (int o = 0; o < outer; o++) {
                    for (int i = 0; i < inner; i++) {
                        out[(o * toLength + to) * inner + i] += w * in[(o * length + from) * inner + i];
                    }
                }
            }
        }
    }

    private static double weight(int from, double centre, double reach) {
        return Math.max(0, 1 - Math.abs(from - centre) / reach);
    }
}
