package dev.coppice.pipeline.data.sample;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.Raster;
import java.util.OptionalInt;

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

    /**
     * Mixes four inks, 255 for none, into RGB.
     *
     * @param adobe the colour transform of Adobe's segment; without one, 255 is the full ink
     */
    static BufferedImage fromInks(Raster inks, OptionalInt adobe) {
        var picture = new BufferedImage(inks.getWidth(), inks.getHeight(), BufferedImage.TYPE_INT_RGB);
        var ink = new int[4];
        for (int y = 0; y < inks.getHeight(); y++) {
            for (int x = 0; x < inks.getWidth(); x++) {
                inks.getPixel(inks.getMinX() + x, inks.getMinY() + y, ink);
                if (adobe.isPresent() && adobe.getAsInt() == 2) {
                    fromLumaAndChroma(ink);
                }
                int packed = 0;
                for (int c = 0; c < 3; c++) {
                    int light = adobe.isPresent() ? ink[c] * ink[3] : (255 - ink[c]) * (255 - ink[3]);
                    packed = packed << 8 | (light + 127) / 255;
                }
                picture.setRGB(x, y, packed);
            }
        }
        return picture;
    }

    /** Turns Y, Cb and Cr into cyan, magenta and yellow as they are stored, as libjpeg does (ycck_cmyk_convert). */
    private static void fromLumaAndChroma(int[] ink) {
        double luma = ink[0];
        double blue = ink[1] - 128;
        double red = ink[2] - 128;
        ink[0] = 255 - Math.clamp(Math.round(luma + 1.402 * red), 0, 255);
        ink[1] = 255 - Math.clamp(Math.round(luma - .344136 * blue - .714136 * red), 0, 255);
        ink[2] = 255 - Math.clamp(Math.round(luma + 1.772 * blue), 0, 255);
    }

    /** Takes the bytes as they are stored: {@code getRGB} would bend them by the picture's colour profile. */
    private static byte[] stored(Raster raster) {
        int width = raster.getWidth();
        int area = width * raster.getHeight();
        var pixels = new byte[3 * area];
        for (int c = 0; c < 3; c++) {
            int[] samples = raster.getSamples(0, 0, width, raster.getHeight(), c, new int[area]);
            for (int i = 0; i < area; i++) {
                pixels[c * area + i] = (byte) samples[i];
            }
        }
        return pixels;
    }

    private static byte[] rgb(BufferedImage picture) {
        var model = picture.getColorModel();
        if (model instanceof ComponentColorModel
                && model.getNumColorComponents() == 3
                && model.getComponentSize(0) == 8) {
            return stored(picture.getRaster());
        }
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
