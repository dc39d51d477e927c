package dev.coppice.pipeline.data;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;

/** Turns stored pixels into floats in [0,1], channels outermost. */
final class Pixels {

    private static final float WHITE = 255;

    private Pixels() {}

    /** Scales unsigned bytes. */
    static float[] scaled(byte[] bytes) {
        var values = new float[bytes.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (bytes[i] & 0xff) / WHITE;
        }
        return values;
    }

    /** Returns a picture as [1,H,W] when it is grey, as [3,H,W] in RGB otherwise; transparency is dropped. */
    static float[] of(BufferedImage picture) {
        int area = picture.getWidth() * picture.getHeight();
        return isGrey(picture) ? grey(picture, area) : rgb(picture, area);
    }

    /** Says whether {@link #of} gives one channel. */
    static boolean isGrey(BufferedImage picture) {
        var model = picture.getColorModel();
        return model instanceof ComponentColorModel && model.getColorSpace().getType() == ColorSpace.TYPE_GRAY;
    }

    // Java holds grey pictures in a linear colour space: getRGB would bend the values by a gamma curve.
    private static float[] grey(BufferedImage picture, int area) {
        var samples = picture.getRaster().getSamples(0, 0, picture.getWidth(), picture.getHeight(), 0, new int[area]);
        float white = (1 << picture.getColorModel().getComponentSize(0)) - 1;
        var values = new float[area];
        for (int i = 0; i < area; i++) {
            values[i] = samples[i] / white;
        }
        return values;
    }

    private static float[] rgb(BufferedImage picture, int area) {
        int width = picture.getWidth();
        int[] packed = picture.getRGB(0, 0, width, picture.getHeight(), null, 0, width);
        var values = new float[3 * area];
        for (int i = 0; i < area; i++) {
            values[i] = (packed[i] >> 16 & 0xff) / WHITE;
            values[area + i] = (packed[i] >> 8 & 0xff) / WHITE;
            values[2 * area + i] = (packed[i] & 0xff) / WHITE;
        }
        return values;
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
