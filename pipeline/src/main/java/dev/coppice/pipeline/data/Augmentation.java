package dev.coppice.pipeline.data;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.UsageException;
import dev.coppice.pipeline.data.sample.Sample;

/**
 * Random changes of training images that leave their class alone, drawn anew in every epoch (He et al. 2016, section 4.2: "4 pixels
 * are padded on each side, and a 32x32 crop is randomly sampled from the padded image or its horizontal flip").
 *
 * @param flip whether every second image, at random, is mirrored left to right
 * @param cropPadding pixels of zeros (black, before mean and deviation apply) put around an image before a window of its own size is
 *     cut from a random place; 0 for no cropping
 */
public record Augmentation(boolean flip, int cropPadding) {

    private static final String FLIP = "flip";
    private static final String CROP = "crop";
    private static final String HINT = "give flip, cropN (N pixels of padding, such as crop4), or both: flip,crop4";
    private static final int MOST_PADDING = 1 << 12;

    public Augmentation {
        if (cropPadding < 0 || cropPadding > MOST_PADDING) {
            throw new UsageException("a crop with " + cropPadding + " pixels of padding", HINT);
        }
    }

    /** Returns the augmentation that leaves images as they are. */
    public static Augmentation none() {
        return new Augmentation(false, 0);
    }

    /**
     * Reads {@code flip}, {@code crop4}, {@code flip,crop4} or {@code none}.
     *
     * @throws UsageException for anything else
     */
    public static Augmentation parse(String text) {
        var parsed = none();
        if (text.equals("none")) {
            return parsed;
        }
        for (var part : text.split(",", -1)) {
            if (part.equals(FLIP)) {
                parsed = new Augmentation(true, parsed.cropPadding());
            } else if (part.matches(CROP + "[1-9][0-9]{0,3}")) {
                parsed = new Augmentation(parsed.flip(), Integer.parseInt(part.substring(CROP.length())));
            } else {
                throw new UsageException("cannot understand the augmentation '" + text + "'", HINT);
            }
        }
        return parsed;
    }

    /** Returns the form that {@link #parse} reads. */
    public String text() {
        if (isNone()) {
            return "none";
        }
        var crop = CROP + cropPadding;
        return flip && cropPadding > 0 ? FLIP + "," + crop : flip ? FLIP : crop;
    }

    /** Says whether images stay as they are. */
    public boolean isNone() {
        return !flip && cropPadding == 0;
    }

    /** Changes an image by what it draws; the result has the same size. */
    Sample apply(Sample image, Draws draws) {
        if (isNone()) {
            return image;
        }
        boolean mirrored = flip && draws.below(2) == 1;
        int down = draws.below(2 * cropPadding + 1) - cropPadding;
        int right = draws.below(2 * cropPadding + 1) - cropPadding;
        return move(image, mirrored, down, right);
    }

    /** Mirrors, then takes the window that begins {@code down} rows and {@code right} columns into the image, zeros outside of it. */
    static Sample move(Sample image, boolean mirrored, int down, int right) {
        int height = image.extent().height();
        int width = image.extent().width();
        var source = new int[height * width];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int row = y + down;
                int column = mirrored ? width - 1 - x - right : x + right;
                boolean inside = row >= 0 && row < height && column >= 0 && column < width;
                source[y * width + x] = inside ? row * width + column : -1;
            }
        }
        return image.rearranged(source);
    }

    /** Refuses plain vectors, which have no left and right. */
    void requireImage(Sample sample) {
        if (!isNone() && (sample.extent().height() < 2 || sample.extent().width() < 2)) {
            throw new BadInputException(
                    sample.where() + " is " + sample.extent() + " (channels x height x width), no image to augment",
                    "leave --augment out");
        }
    }
}
