package dev.coppice.pipeline.data;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.CoppiceException;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;

/** Decodes PNG and JPEG files, after a look at the size that they claim. */
final class Pictures {

    private Pictures() {}

    /** Chooses the part of a picture to decode. */
    @FunctionalInterface
    interface Region {

        /** Returns the part, or throws {@link BadInputException} for a picture that is not wanted. */
        Rectangle of(int width, int height);
    }

    /**
     * Reads a part of a picture.
     *
     * @throws BadInputException when the file is no picture, or a damaged one
     */
    static BufferedImage read(Path file, Region region) {
        DataFiles.requireFile(file);
        try (var stream = ImageIO.createImageInputStream(file.toFile())) {
            var readers = ImageIO.getImageReaders(stream);
            if (!readers.hasNext()) {
                throw new BadInputException(file + " is no PNG or JPEG picture", "replace or remove it");
            }
            return decode(readers.next(), stream, region);
        } catch (IOException e) {
            throw DataFiles.unreadable(file, e);
        } catch (CoppiceException e) {
            throw e;
        } catch (RuntimeException e) {
            // The JDK's decoders answer damage with whatever exception it led to.
            throw new BadInputException(file + " is damaged: " + e, "replace or remove it", e);
        }
    }

    private static BufferedImage decode(ImageReader reader, ImageInputStream stream, Region region) throws IOException {
        try {
            reader.setInput(stream, true, true);
            var param = reader.getDefaultReadParam();
            param.setSourceRegion(region.of(reader.getWidth(0), reader.getHeight(0)));
            return reader.read(0, param);
        } finally {
            reader.dispose();
        }
    }
}
