package dev.coppice.pipeline.data.sample;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.CoppiceException;
import dev.coppice.pipeline.data.file.DataFiles;
import dev.coppice.pipeline.data.file.JpegHeader;
import dev.coppice.pipeline.data.file.PngChunks;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;

/** Decodes PNG and JPEG files, after a look at the size that they claim. */
final class Pictures {

    private static final String HINT = "replace or remove it";

    private Pictures() {}

    /** Chooses the part of a picture to decode. */
    @FunctionalInterface
    interface Region {

        /** Returns the part, or throws {@link BadInputException} for a picture that is not wanted. */
        Rectangle of(int width, int height);
    }

    /**
     * Reads a part of a picture. Pictures in the four inks of print come in RGB; colour profiles and orientation tags are not looked at.
     *
     * @throws BadInputException when the file is no picture, or a damaged one
     */
    static BufferedImage read(Path file, Region region) {
        DataFiles.requireFile(file);
        try (var stream = ImageIO.createImageInputStream(file.toFile())) {
            var readers = ImageIO.getImageReaders(stream);
            var reader = readers.hasNext() ? readers.next() : null;
            var format = reader == null ? "" : reader.getFormatName().toLowerCase(Locale.ROOT);
            if (reader == null || !(format.equals("png") || format.equals("jpeg"))) {
                throw new BadInputException(file + " is no PNG or JPEG picture", HINT);
            }
            if (format.equals("png")) {
                PngChunks.check(file, stream);
            }
            return decode(file, reader, format, stream, region);
        } catch (IOException e) {
            throw DataFiles.unreadable(file, e);
        } catch (CoppiceException e) {
            throw e;
        } catch (RuntimeException e) {
            // The JDK's decoders answer damage with whatever exception it led to.
            throw new BadInputException(file + " is damaged: " + e, HINT, e);
        }
    }

    private static BufferedImage decode(
            Path file, ImageReader reader, String format, ImageInputStream stream, Region region) throws IOException {
        var damage = new ArrayList<String>();
        try {
            reader.setInput(stream, true, true);
            reader.addIIOReadWarningListener((_, warning) -> {
                if (isDamage(warning)) {
                    damage.add(warning);
                }
            });
            var param = reader.getDefaultReadParam();
            param.setSourceRegion(region.of(reader.getWidth(0), reader.getHeight(0)));
            var picture = decode(file, reader, format, param);
            requireWhole(file, damage);
            return picture;
        } finally {
            reader.dispose();
        }
    }

    private static BufferedImage decode(Path file, ImageReader reader, String format, ImageReadParam param)
            throws IOException {
        if (format.equals("jpeg") && JpegHeader.components(file) == 4) {
            // The JDK forgets that Adobe stores these inverted.
            return Pixels.fromInks(reader.readRaster(0, param), JpegHeader.adobe(file));
        }
        return reader.read(0, param);
    }

    /** Bytes too many between two parts of a JPEG file cost nothing; they are common in collections of photographs. */
    private static boolean isDamage(String warning) {
        return (warning.startsWith("Truncated") || warning.startsWith("Corrupt"))
                && !warning.contains("extraneous bytes");
    }

    private static void requireWhole(Path file, List<String> damage) {
        if (!damage.isEmpty()) {
            throw new BadInputException(file + " is damaged: " + String.join("; ", damage), HINT);
        }
    }
}
