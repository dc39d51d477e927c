package dev.coppice.pipeline.data;

import org.jspecify.annotations.Nullable;

/**
 * One labelled vector or image, immutable. Pixels that come as bytes stay bytes: a quarter of the memory. Not a record: records
 * compare arrays by identity.
 */
final class Sample {

    static final int UNLABELLED = -1;

    private final byte @Nullable [] pixels;
    private final float[] numbers;
    private final Extent extent;
    private final int label;
    private final String where;

    /** Channels, height and width; a plain vector is [1, 1, length]. */
    record Extent(int channels, int height, int width) {

        long size() {
            return (long) channels * height * width;
        }

        @Override
        public String toString() {
            return channels + "x" + height + "x" + width;
        }
    }

    private Sample(byte @Nullable [] pixels, float[] numbers, Extent extent, int label, String where) {
        this.pixels = pixels;
        this.numbers = numbers;
        this.extent = extent;
        this.label = label;
        this.where = where;
    }

    /** Holds values [channels, height, width], row-major, which nobody may change from now on. */
    Sample(float[] values, Extent extent, int label, String where) {
        this(null, values, extent, label, where);
    }

    /** Holds unsigned bytes that stand for [0,1], which nobody may change from now on. */
    static Sample ofPixels(byte[] pixels, Extent extent, int label, String where) {
        return new Sample(pixels, new float[0], extent, label, where);
    }

    /** Returns the same elements in another extent of the same size. */
    Sample withExtent(Extent other) {
        return new Sample(pixels, numbers, other, label, where);
    }

    /** Returns a sample of other values. */
    Sample withValues(float[] values, Extent other) {
        return new Sample(values, other, label, where);
    }

    /** Returns the values in [0,1] rounded to bytes. */
    Sample toPixels() {
        return pixels == null ? ofPixels(Pixels.rounded(numbers), extent, label, where) : this;
    }

    boolean hasPixels() {
        return pixels != null;
    }

    /** Returns a new array of [channels, height, width], row-major. */
    float[] values() {
        return pixels == null ? numbers.clone() : Pixels.scaled(pixels);
    }

    Extent extent() {
        return extent;
    }

    /** Returns the class, or {@link #UNLABELLED}. */
    int label() {
        return label;
    }

    /** Returns the sample's place in the data, for messages. */
    String where() {
        return where;
    }
}
