package dev.coppice.pipeline.data;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;

/** Turns pictures into samples, channels outermost, and bytes into floats in [0,1]. */
final class Pixels {

    /** The byte that stands for 1. */
    static final float WHITE = 255;

    private Pixels() {}

    /** Scales unsigned bytes. */
    static float[] scaled(byte[] bytes) {
        var values = new float[bytes.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (bytes[i] & 0xff) / WHITE;
        }
        return values;
    }

    /** Rounds values in [0,1] to unsigned bytes. */
    static byte[] rounded(float[] values) {
        var bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) Math.clamp(Math.round(values[i] * WHITE), 0, 255);
        }
        return bytes;
    }

    /** Returns a picture as [1,H,W] when it is grey, as [3,H,W] in RGB otherwise; transparency is dropped. */
    static Sample sample(BufferedImage picture, int label, String where) {
        int height = picture.getHeight();
        int width = picture.getWidth();
        if (!isGrey(picture)) {
            return Sample.ofPixels(rgb(picture), new Sample.Extent(3, height, width), label, where);
        }
        // Java holds grey pictures in a linear colour space: getRGB would bend the values by a gamma curve.
        int[] samples = picture.getRaster().getSamples(0, 0, width, height, 0, new int[width * height]);
        int bits = picture.getColorModel().getComponentSize(0);
        var extent = new Sample.Extent(1, height, width);
        return bits == 8
                ? Sample.ofPixels(bytes(samples), extent, label, where)
                : new Sample(scaled(samples, (1 << bits) - 1), extent, label, where);
    }

    /** Says whether {@link #sample} gives one channel. */
    private static boolean isGrey(BufferedImage picture) {
        var model = picture.getColorModel();
        return model instanceof ComponentColorModel && model.getColorSpace().getType() == ColorSpace.TYPE_GRAY;
    }

    private static byte[] bytes(int[] samples) {
        var bytes = new byte[samples.length];
        for (int i = 0; i < samples.length; i++) {
            bytes[i] = (byte) samples[i];
        }
        return bytes;
    }

    private static float[] scaled(int[] samples, int white) {
        var values = new float[samples.length];
        for (int i = 0; i < samples.length; i++) {
            values[i] = samples[i] / (float) white;
        }
        return values;
    }

    private static byte[] rgb(BufferedImage picture) {
        int width = picture.getWidth();
        int area = width * picture.getHeight();
        int[] packed = picture.getRGB(0, 0, width, picture.getHeight(), null, 0, width);
        var pixels = new byte[3 * area];
        for (int i = 0; i < area; i++) {
            pixels[i] = (byte) (packed[i] >> 16);
            pixels[area + i] = (byte) (packed[i] >> 8);
            pixels[2 * area + i] = (byte) packed[i];
        }
        return pixels;
    }

    /** Repeats a grey plane three times, or weighs RGB into one plane by ITU-R BT.601; other counts are left alone. */
    static float[] toChannels(float[] values, int channels, int wanted) {
        if (channels == 1 && wanted == 3) {
            var tripled = new float[3 * values.length];
            for (int c = 0; c < 3; c++) {
                System.arraycopy(values, 0, tripled, c * values.length, values.length);
            }
            return tripled;
        }
        if (channels == 3 && wanted == 1) {
            int area = values.length / 3;
            var luma = new float[area];
            for (int i = 0; i < area; i++) {
                luma[i] = .299f * values[i] + .587f * values[area + i] + .114f * values[2 * area + i];
            }
            return luma;
        }
        return values;
    }
}
