package dev.coppice.pipeline.data.sample;

import static dev.coppice.pipeline.data.DataTesting.assertBadInput;
import static dev.coppice.pipeline.data.DataTesting.elements;
import static dev.coppice.pipeline.data.DataTesting.floats;
import static dev.coppice.pipeline.data.DataTesting.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.ValueInfo;
import dev.coppice.pipeline.data.spec.DataOptions;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageSourceTest {

    private static final ValueInfo INPUT = floats(-1, 3, 1, 2);

    @TempDir
    private Path folder;

    private void write(String name, int type, int... rgb) throws IOException {
        var file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        var picture = new BufferedImage(rgb.length, 1, type);
        for (int x = 0; x < rgb.length; x++) {
            if (type == BufferedImage.TYPE_BYTE_GRAY) {
                picture.getRaster().setSample(x, 0, 0, rgb[x]);
            } else {
                picture.setRGB(x, 0, rgb[x]);
            }
        }
        ImageIO.write(picture, "png", file.toFile());
    }

    private String spec() {
        return "images:" + folder;
    }

    @Test
    void foldersAreClassesInTheOrderOfTheirNames() throws IOException {
        write("cat/b.png", BufferedImage.TYPE_INT_RGB, 0xff0000, 0x00ff00);
        write("cat/a.png", BufferedImage.TYPE_INT_RGB, 0x0000ff, 0x330000);
        write("ant/z.png", BufferedImage.TYPE_INT_RGB, 0, 0);
        Files.writeString(folder.resolve("cat/notes.txt"), "no picture");
        var batch = read(spec(), 8, INPUT).getFirst();
        assertThat(batch.labels()).containsExactly(0, 1, 1);
        // cat/a.png: red plane, green plane, blue plane.
        assertThat(elements(batch)).startsWith(0, 0, 0, 0, 0, 0).containsSubsequence(0, .2f, 0, 0, 1, 0);
    }

    @Test
    void theLeadingNumberOfAFileIsItsClass() throws IOException {
        write("0012.png", BufferedImage.TYPE_INT_RGB, 0, 0);
        write("3_second.png", BufferedImage.TYPE_INT_RGB, 0, 0);
        assertThat(read(spec(), 8, INPUT).getFirst().labels()).containsExactly(12, 3);
    }

    @Test
    void filesWithoutNumbersHaveNoLabels() throws IOException {
        write("a.png", BufferedImage.TYPE_INT_RGB, 0, 0);
        assertThat(read(spec(), 8, INPUT).getFirst().labels()).isEmpty();
        write("1.png", BufferedImage.TYPE_INT_RGB, 0, 0);
        assertBadInput("1 of 2 images have no number", spec(), INPUT);
    }

    @Test
    void aLimitTakesEvenlySpacedImages() throws IOException {
        for (int i = 0; i < 9; i++) {
            write(i + ".png", BufferedImage.TYPE_INT_RGB, 0, 0);
        }
        var batch = read(spec(), DataOptions.defaults().withLimit(3), 8, INPUT).getFirst();
        assertThat(batch.labels()).containsExactly(0, 3, 6);
    }

    @Test
    void greyPicturesKeepTheirValuesInEveryChannel() throws IOException {
        write("1.png", BufferedImage.TYPE_BYTE_GRAY, 51, 102);
        assertThat(elements(read(spec(), 8, INPUT).getFirst())).containsExactly(.2f, .4f, .2f, .4f, .2f, .4f);
    }

    @Test
    void colourTurnsGreyByItsLuma() throws IOException {
        write("1.png", BufferedImage.TYPE_INT_RGB, 0xff0000, 0xffffff);
        assertThat(elements(read(spec(), 8, floats(-1, 1, 1, 2)).getFirst()))
                .containsExactly(new float[] {.299f, 1}, within(1e-6f));
    }

    @Test
    void anotherSizeIsRefusedUnlessResized() throws IOException {
        write("1.png", BufferedImage.TYPE_INT_RGB, 0, 0, 0);
        assertBadInput("1.png is 3x1x3", spec(), INPUT);
        var mixed = floats(-1, 3, -1, -1);
        write("2.png", BufferedImage.TYPE_INT_RGB, 0, 0);
        assertBadInput("the samples before it are 3x1x3", spec(), mixed);
    }

    @Test
    void resizingKeepsAConstantPictureAndTheMean() {
        var constant = new float[3 * 7 * 5];
        Arrays.fill(constant, .25f);
        for (float value : Resize.apply(constant, new Sample.Extent(3, 7, 5), 4, 9)) {
            assertThat(value).isCloseTo(.25f, within(1e-6f));
        }
        // A checkerboard shrunk by an even factor is grey: every pixel counts.
        var board = new float[64];
        for (int i = 0; i < 64; i++) {
            board[i] = (i / 8 + i) % 2;
        }
        for (float value : Resize.apply(board, new Sample.Extent(1, 8, 8), 2, 2)) {
            assertThat(value).isCloseTo(.5f, within(.02f));
        }
    }

    @Test
    void enlargingInterpolatesBetweenPixelCentres() {
        var line = Resize.apply(new float[] {0, 1}, new Sample.Extent(1, 1, 2), 1, 4);
        assertThat(line).containsExactly(new float[] {0, .25f, .75f, 1}, within(1e-6f));
    }

    @Test
    void foldersThatHoldNoDataAreRefused() throws IOException {
        assertBadInput("no .png", spec(), INPUT);
        assertBadInput("no data folder", spec() + "/absent", INPUT);
        Files.writeString(folder.resolve("1.png"), "no picture");
        assertBadInput("is no PNG or JPEG picture", spec(), INPUT);
        Files.createDirectory(folder.resolve("class"));
        assertBadInput("folders and loose images", spec(), INPUT);
    }

    @Test
    void aTruncatedPictureIsRefused() throws IOException {
        var noise = new Random(1).ints(1000, 0, 1 << 24).toArray();
        write("1.png", BufferedImage.TYPE_INT_RGB, noise);
        var bytes = Files.readAllBytes(folder.resolve("1.png"));
        Files.write(folder.resolve("1.png"), Arrays.copyOf(bytes, bytes.length / 2));
        assertThatThrownBy(() -> read(spec(), 8, floats(-1, 3, 1, 1000))).isInstanceOf(BadInputException.class);
    }
}
