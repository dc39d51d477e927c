package dev.coppice.pipeline.data.sample;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One labelled vector or image, immutable. Pixels that come as bytes stay bytes: a quarter of the memory. Not a record: records
 * compare arrays by identity.
 */
public final class Sample {

    public static final int UNLABELLED = -1;

    private final byte @Nullable [] pixels;
    private final float[] numbers;
    private final Extent extent;
    private final int label;
    private final String where;

    /** Channels, height and width; a plain vector is [1, 1, length]. */
    public record Extent(int channels, int height, int width) {

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
    public Sample(float[] values, Extent extent, int label, String where) {
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
    public Sample toPixels() {
        return pixels == null ? ofPixels(Pixels.rounded(numbers), extent, label, where) : this;
    }

    public boolean hasPixels() {
        return pixels != null;
    }

    /** Returns a new array of [channels, height, width], row-major. */
    public float[] values() {
        return pixels == null ? numbers.clone() : Pixels.scaled(pixels);
    }

    /** Copies the values to {@code target} from {@code offset} on. */
    void copyTo(float[] target, int offset) {
        var values = pixels == null ? numbers : Pixels.scaled(pixels);
        System.arraycopy(values, 0, target, offset, values.length);
    }

    /** Replaces the bytes of pixels by what stands for them in {@code table}, [channels, 256]. */
    Sample lookUp(float[] table) {
        var bytes = Objects.requireNonNull(pixels, where);
        var values = new float[bytes.length];
        int plane = extent.height() * extent.width();
        for (int c = 0; c < extent.channels(); c++) {
            for (int i = c * plane; i < (c + 1) * plane; i++) {
                values[i] = table[256 * c + (bytes[i] & 0xff)];
            }
        }
        return withValues(values, extent);
    }

    /** Takes every pixel of each channel from the place that {@code source} [height * width] names, zero where it is negative. */
    public Sample rearranged(int[] source) {
        if (pixels == null) {
            var moved = new float[numbers.length];
            for (int plane = 0; plane < moved.length; plane += source.length) {
                for (int i = 0; i < source.length; i++) {
                    moved[plane + i] = source[i] < 0 ? 0 : numbers[plane + source[i]];
                }
            }
            return withValues(moved, extent);
        }
        var moved = new byte[pixels.length];
        for (int plane = 0; plane < moved.length; plane += source.length) {
            for (int i = 0; i < source.length; i++) {
                moved[plane + i] = source[i] < 0 ? 0 : pixels[plane + source[i]];
            }
        }
        return ofPixels(moved, extent, label, where);
    }

    public Extent extent() {
        return extent;
    }

    /** Returns the class, or {@link #UNLABELLED}. */
    public int label() {
        return label;
    }

    /** Returns the sample's place in the data, for messages. */
    public String where() {
        return where;
    }
}
