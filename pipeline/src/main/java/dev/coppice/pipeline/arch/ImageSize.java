package dev.coppice.pipeline.arch;

import dev.coppice.ir.UsageException;

/** The size of a network's input: channels, height and width in pixels. */
public record ImageSize(int channels, int height, int width) {

    private static final int LARGEST = 16384;
    private static final String HINT = "give CHANNELSxHEIGHTxWIDTH, such as 3x32x32";

    public ImageSize {
        if (Math.min(channels, Math.min(height, width)) < 1 || Math.max(channels, Math.max(height, width)) > LARGEST) {
            throw new UsageException("an input of " + text(channels, height, width), HINT);
        }
    }

    /**
     * Reads {@code CHANNELSxHEIGHTxWIDTH}.
     *
     * @throws UsageException when the text is of another form, or a number is not between 1 and 16384
     */
    public static ImageSize parse(String text) {
        var parts = text.split("x", -1);
        try {
            if (parts.length == 3) {
                return new ImageSize(
                        Integer.parseInt(parts[0]), Integer.parseInt(parts[1]), Integer.parseInt(parts[2]));
            }
        } catch (NumberFormatException e) {
            throw new UsageException("cannot read the input '" + text + "'", HINT, e);
        }
        throw new UsageException("cannot read the input '" + text + "'", HINT);
    }

    private static String text(int channels, int height, int width) {
        return channels + "x" + height + "x" + width;
    }

    @Override
    public String toString() {
        return text(channels, height, width);
    }
}
