package dev.coppice.pipeline.data.sample;

import static dev.coppice.pipeline.data.DataFilesTesting.idx;
import static dev.coppice.pipeline.data.DataTesting.assertBadInput;
import static dev.coppice.pipeline.data.DataTesting.elements;
import static dev.coppice.pipeline.data.DataTesting.floats;
import static dev.coppice.pipeline.data.DataTesting.read;
import static dev.coppice.pipeline.data.DataTesting.tensor;
import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.testing.TestData;
import dev.coppice.pipeline.data.spec.DataOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdxSourceTest {

    private static final byte[] IMAGES = idx(new int[] {3, 1, 2}, 0, 255, 51, 102, 153, 204);
    private static final byte[] LABELS = idx(new int[] {3}, 7, 0, 9);

    @TempDir
    private Path folder;

    private String spec(byte[] images, byte[] labels) throws IOException {
        var imageFile = Files.write(folder.resolve("images"), images);
        var labelFile = Files.write(folder.resolve("labels"), labels);
        return "idx:" + imageFile + "," + labelFile;
    }

    @Test
    void pixelsAreScaledAndLabelsKept() throws IOException {
        var batches = read(spec(IMAGES, LABELS), 2, floats(-1, 1, 1, 2));
        assertThat(batches).hasSize(2);
        assertThat(elements(batches.getFirst())).containsExactly(0, 1, .2f, .4f);
        assertThat(batches.getFirst().labels()).containsExactly(7, 0);
        assertThat(batches.getLast().labels()).containsExactly(9);
        assertThat(batches.getLast().order()).containsExactly(2L);
        assertThat(tensor(batches.getLast(), "x").dims()).containsExactly(1L, 1L, 1L, 2L);
    }

    @Test
    void gzippedFilesReadTheSame() throws IOException {
        var zipped = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(zipped)) {
            gzip.write(IMAGES);
        }
        var batches = read(spec(zipped.toByteArray(), LABELS), 3, floats(-1, 2));
        assertThat(elements(batches.getFirst())).containsExactly(0, 1, .2f, .4f, .6f, .8f);
    }

    @Test
    void theLimitTakesTheFirstSamples() throws IOException {
        var options = DataOptions.defaults().withLimit(2);
        var batches = read(spec(IMAGES, LABELS), options, 32, floats(-1, 2));
        assertThat(batches).hasSize(1);
        assertThat(batches.getFirst().labels()).containsExactly(7, 0);
    }

    @Test
    void damagedFilesAreRefusedWithTheirPlace() throws IOException {
        var input = floats(-1, 2);
        assertBadInput("not with IDX's 0x00000803", spec(LABELS, IMAGES), input);
        assertBadInput("3 images", spec(IMAGES, idx(new int[] {4}, 1, 2, 3, 4)), input);
        assertBadInput(
                "image 2", spec(ByteBuffer.allocate(20).put(IMAGES, 0, 20).array(), LABELS), input);
        assertBadInput("ends inside its header", spec(new byte[] {0, 0, 8, 3, 0}, LABELS), input);
        assertBadInput("ends inside its header", spec(new byte[0], LABELS), input);
        assertBadInput("size of -1", spec(idx(new int[] {-1, 1, 1}), LABELS), input);
        assertBadInput("claims images of", spec(idx(new int[] {3, 1 << 30, 1 << 30}), LABELS), input);
        assertBadInput("no data file", "idx:" + folder + "/absent," + folder + "/labels", input);
        assertBadInput("is a folder", "idx:" + folder + "," + folder + "/labels", input);
    }

    @Test
    void mnistHasTenThousandTestDigits() {
        var dir = TestData.data("mnist");
        var batches = read(
                "idx:" + dir + "/t10k-images-idx3-ubyte," + dir + "/t10k-labels-idx1-ubyte", 1000, floats(-1, 784));
        assertThat(batches).hasSize(10);
        // The first test digit is a seven.
        assertThat(batches.getFirst().labels().getFirst()).isEqualTo(7);
    }
}
