package dev.coppice.pipeline.data.sample;

import static dev.coppice.pipeline.data.DataFilesTesting.writeCifar10;
import static dev.coppice.pipeline.data.DataTesting.assertBadInput;
import static dev.coppice.pipeline.data.DataTesting.elements;
import static dev.coppice.pipeline.data.DataTesting.floats;
import static dev.coppice.pipeline.data.DataTesting.read;
import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.ValueInfo;
import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.spec.DataOptions.Split;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Cifar10SourceTest {

    private static final ValueInfo INPUT = floats(-1, 3, 32, 32);

    @TempDir
    private Path folder;

    @BeforeEach
    void write() throws IOException {
        writeCifar10(folder);
    }

    private String spec() {
        return "cifar10:" + folder;
    }

    @Test
    void anImageIsARowOfPixels() {
        var batches = read(spec(), DataOptions.defaults().withSplit(Split.TEST), 8, INPUT);
        var pixels = elements(batches.getFirst());
        assertThat(batches.getFirst().labels()).containsExactly(3, 8);
        int second = 3 * 1024;
        assertThat(pixels[second]).isEqualTo(11 / 255f);
        // Green counts the columns: pixel x = y * 32 + column.
        assertThat(pixels[second + 1024 + 5 * 32 + 7]).isEqualTo(7 / 255f);
        assertThat(pixels[second + 2048]).isZero();
    }

    @Test
    void theSplitChoosesTheFiles() {
        var train = read(spec(), DataOptions.defaults().withSplit(Split.TRAIN), 8, INPUT);
        assertThat(train.getFirst().labels()).containsExactly(1, 2, 3, 4, 5);
        assertThat(elements(train.getFirst())[4 * 3072 + 2048]).isEqualTo(5 / 255f);
        var all = read(spec(), DataOptions.defaults().withSplit(Split.ALL), 8, INPUT);
        assertThat(all.getFirst().labels()).containsExactly(1, 2, 3, 4, 5, 3, 8);
    }

    @Test
    void theLimitStopsInsideAFile() {
        var options = DataOptions.defaults().withSplit(Split.TEST).withLimit(1);
        assertThat(read(spec(), options, 8, INPUT).getFirst().labels()).containsExactly(3);
    }

    @Test
    void labelsAndImagesMustAgree() throws IOException {
        Files.writeString(folder.resolve("test_lables.json"), "[3]");
        assertBadInput("has no label", spec(), INPUT);
        Files.writeString(folder.resolve("test_lables.json"), "[3,8,9]");
        assertBadInput("labels for", spec(), INPUT);
        Files.writeString(folder.resolve("test_lables.json"), "[3,");
        assertBadInput("damaged", spec(), INPUT);
        Files.writeString(folder.resolve("test_lables.json"), "[3,\"8\"]");
        assertBadInput("something else than whole numbers", spec(), INPUT);
        Files.writeString(folder.resolve("test_lables.json"), "{}");
        assertBadInput("no JSON array", spec(), INPUT);
    }

    @Test
    void otherPicturesAreRefused() throws IOException {
        ImageIO.write(
                new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB),
                "png",
                folder.resolve("test_batch.png").toFile());
        assertBadInput("32x32 pixels", spec(), INPUT);
        Files.writeString(folder.resolve("test_batch.png"), "no picture");
        assertBadInput("is no PNG or JPEG picture", spec(), INPUT);
        Files.delete(folder.resolve("test_batch.png"));
        assertBadInput("no data file", spec(), INPUT);
        assertBadInput("no data folder", "cifar10:" + folder + "/absent", INPUT);
    }
}
