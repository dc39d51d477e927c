package dev.coppice.pipeline.data.sample;

import static dev.coppice.pipeline.data.DataTesting.assertBadInput;
import static dev.coppice.pipeline.data.DataTesting.elements;
import static dev.coppice.pipeline.data.DataTesting.floats;
import static dev.coppice.pipeline.data.DataTesting.read;
import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.testing.TestData;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PicturesTest {

    @TempDir
    private Path folder;

    /** The case's picture is one of three inks at the light 72 and black at none, in the pixel (24, 8). */
    private static final int PIXEL = 24 * 32 + 8;

    private float light(byte[] bytes) throws IOException {
        Files.write(folder.resolve("1.jpg"), bytes);
        return elements(read("images:" + folder, 8, floats(-1, 3, 32, 32)).getFirst())[PIXEL] * 255;
    }

    @Test
    void inksAreInvertedOnlyWithAdobesSegment() throws IOException {
        var bytes = Files.readAllBytes(TestData.shared("cases/files/cmyk/4_cmyk.jpg"));
        assertThat(light(bytes)).isEqualTo(72);
        bytes[6] = 'B'; // no segment of Adobe's any more: 255 of black is all ink
        assertThat(light(bytes)).isZero();
    }

    @Test
    void aTruncatedJpegIsRefused() throws IOException {
        Files.copy(TestData.shared("cases/hostile/jpeg-truncated.jpg"), folder.resolve("1.jpg"));
        assertBadInput("is damaged: ", "images:" + folder, floats(-1, 3, 64, 64));
    }

    @Test
    void aFlippedBitOfAPngIsFoundByItsChecksum() throws IOException {
        var file = folder.resolve("1.png");
        ImageIO.write(new BufferedImage(4, 4, BufferedImage.TYPE_INT_RGB), "png", file.toFile());
        var bytes = Files.readAllBytes(file);
        bytes[bytes.length - 20] ^= 1;
        Files.write(file, bytes);
        assertBadInput("is damaged: ", "images:" + folder, floats(-1, 3, 4, 4));
    }
}
