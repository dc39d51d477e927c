package dev.coppice.bench.ocr;

import java.awt.Color;
import java.awt.Font;
import java.awt.FontFormatException;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.font.TextLayout;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.awt.image.ConvolveOp;
import java.awt.image.Kernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Paints lines of text as a scanner or a camera might see them: random face, size, colours, slant, rotation, blur and noise.
 *
 * <p>Pixels come as PP-OCR takes them: [3, {@value #HEIGHT}, {@value #WIDTH}], blue, green, red, (x / 255 - 0.5) / 0.5, zero right of the
 * line.
 */
final class LinePainter {

    static final int HEIGHT = 48;
    static final int WIDTH = 320;

    private static final int MARGIN = 6;
    private static final int LEAST_CONTRAST = 90;
    private static final double MOST_NOISE = 14;

    /** Faces of Debian's fonts-dejavu-core, so that every machine paints the same. */
    private static final List<String> FACES = List.of(
            "DejaVuSans.ttf",
            "DejaVuSans-Bold.ttf",
            "DejaVuSansMono.ttf",
            "DejaVuSansMono-Bold.ttf",
            "DejaVuSerif.ttf",
            "DejaVuSerif-Bold.ttf");

    private final List<Font> faces = new ArrayList<>();
    private final RandomGenerator random;

    LinePainter(Path folder, RandomGenerator random) throws IOException {
        this.random = random;
        for (var name : FACES) {
            try (var file = Files.newInputStream(folder.resolve(name))) {
                faces.add(Font.createFont(Font.TRUETYPE_FONT, file));
            } catch (FontFormatException e) {
                throw new IOException("no TrueType font: " + folder.resolve(name), e);
            }
        }
    }

    /** Returns the pixels of a line, [3, height, width] flattened. */
    float[] paint(String text) {
        var image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
        var canvas = image.createGraphics();
        int width;
        try {
            canvas.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
            canvas.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
            canvas.setRenderingHint(RenderingHints.KEY_FRACTIONALMETRICS, RenderingHints.VALUE_FRACTIONALMETRICS_ON);
            width = draw(canvas, text);
        } finally {
            canvas.dispose();
        }
        return pixels(random.nextBoolean() ? blurred(image) : image, width);
    }

    /** Draws the line on its background, and returns how many columns it takes with its margins. */
    private int draw(Graphics2D canvas, String text) {
        var face = faces.get(random.nextInt(faces.size()));
        double slant = random.nextInt(4) == 0 ? -0.2 * random.nextDouble() : 0;
        var layout = layout(canvas, face, text, random.nextDouble(20, 34));
        double textWidth = layout.getAdvance();
        int width = (int) Math.min(WIDTH, Math.ceil(textWidth) + 2 * MARGIN + random.nextInt(1 + MARGIN));
        var ground = color();
        var ink = color();
        while (Math.abs(luminance(ground) - luminance(ink)) < LEAST_CONTRAST) {
            ink = color();
        }
        var other = shifted(ground);
        canvas.setPaint(new GradientPaint(0, 0, ground, width, HEIGHT, other));
        canvas.fillRect(0, 0, WIDTH, HEIGHT);
        canvas.setPaint(ink);
        double most = Math.min(Math.toRadians(1.5), 3 / Math.max(1, textWidth));
        var transform = AffineTransform.getRotateInstance(random.nextDouble(-most, most), width / 2.0, HEIGHT / 2.0);
        double baseline = (HEIGHT + layout.getAscent() - layout.getDescent()) / 2 + random.nextDouble(-2, 2);
        transform.translate(MARGIN, baseline);
        transform.shear(slant, 0);
        canvas.transform(transform);
        layout.draw(canvas, 0, 0);
        return width;
    }

    /** Returns the text in the size wanted, or in the largest that fits. */
    private static TextLayout layout(Graphics2D canvas, Font face, String text, double size) {
        var layout = new TextLayout(text, face.deriveFont((float) size), canvas.getFontRenderContext());
        double room = WIDTH - 3.0 * MARGIN;
        if (layout.getAdvance() <= room) {
            return layout;
        }
        float smaller = (float) (size * room / layout.getAdvance());
        return new TextLayout(text, face.deriveFont(smaller), canvas.getFontRenderContext());
    }

    private Color color() {
        return new Color(random.nextInt(256), random.nextInt(256), random.nextInt(256));
    }

    private Color shifted(Color color) {
        int by = random.nextInt(-20, 21);
        return new Color(clamp(color.getRed() + by), clamp(color.getGreen() + by), clamp(color.getBlue() + by));
    }

    private static double luminance(Color color) {
        return 0.299 * color.getRed() + 0.587 * color.getGreen() + 0.114 * color.getBlue();
    }

    private static int clamp(double value) {
        return (int) Math.clamp(Math.rint(value), 0, 255);
    }

    private BufferedImage blurred(BufferedImage image) {
        float side = (float) random.nextDouble(0.05, 0.2);
        float centre = 1 - 2 * side;
        var kernel = new float[9];
        for (int i = 0; i < 9; i++) {
            kernel[i] = (i / 3 == 1 ? centre : side) * (i % 3 == 1 ? centre : side);
        }
        return new ConvolveOp(new Kernel(3, 3, kernel), ConvolveOp.EDGE_NO_OP, null).filter(image, null);
    }

    private float[] pixels(BufferedImage image, int width) {
        double noise = random.nextDouble() * MOST_NOISE;
        var pixels = new float[3 * HEIGHT * WIDTH];
        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < width; x++) {
                int rgb = image.getRGB(x, y);
                for (int channel = 0; channel < 3; channel++) {
                    int value = clamp((rgb >> (8 * channel) & 0xff) + noise * random.nextGaussian());
                    pixels[(channel * HEIGHT + y) * WIDTH + x] = (value / 255f - 0.5f) / 0.5f;
                }
            }
        }
        return pixels;
    }
}
