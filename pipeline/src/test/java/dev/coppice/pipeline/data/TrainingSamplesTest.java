package dev.coppice.pipeline.data;

import static dev.coppice.pipeline.data.DataTesting.floats;
import static dev.coppice.pipeline.data.TrainTesting.bytes;
import static dev.coppice.pipeline.data.TrainTesting.classes;
import static dev.coppice.pipeline.data.TrainTesting.epoch;
import static dev.coppice.pipeline.data.TrainTesting.floats;
import static dev.coppice.pipeline.data.TrainTesting.open;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.DType;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.ValueInfo;
import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.spec.DataOptions.Split;
import dev.coppice.pipeline.data.spec.Preprocess;
import dev.coppice.train.data.TrainBatch;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingSamplesTest {

    private static final ValueInfo INPUT = floats(-1, 1, 2, 2);

    @TempDir
    private Path folder;

    /** Writes images of 2 x 2 pixels; image i has the pixels 4i, 4i + 1, ... and the class i. */
    private String idx(int count) throws IOException {
        var pixels = IntStream.range(0, 4 * count).toArray();
        var labels = IntStream.range(0, count).toArray();
        var images = DataFilesTesting.idx(new int[] {count, 2, 2}, pixels);
        var imageFile = Files.write(folder.resolve("images"), images);
        var labelFile = Files.write(folder.resolve("labels"), DataFilesTesting.idx(new int[] {count}, labels));
        return "idx:" + imageFile + "," + labelFile;
    }

    private static long[] allClasses(List<TrainBatch> batches) {
        return batches.stream().flatMapToLong(b -> Arrays.stream(classes(b))).toArray();
    }

    @Test
    void everySampleComesOnceAnEpochWithItsOwnClass() throws IOException {
        var data = open(idx(12), Batching.of(4, 5), INPUT);
        assertThat(data.batches()).isEqualTo(3);
        var batches = epoch(data, 0);
        assertThat(allClasses(batches)).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
        for (var batch : batches) {
            assertThat(TrainTesting.input(batch, "x").dims()).containsExactly(4L, 1L, 2L, 2L);
            for (int i = 0; i < 4; i++) {
                assertThat(floats(batch)[4 * i + 3]).isEqualTo((4 * classes(batch)[i] + 3) / 255f);
            }
        }
    }

    @Test
    void theOrderDependsOnSeedAndEpochAlone() throws IOException {
        var spec = idx(12);
        var first = open(spec, Batching.of(4, 5), INPUT);
        assertThat(bytes(epoch(first, 2))).isEqualTo(bytes(epoch(open(spec, Batching.of(4, 5), INPUT), 2)));
        assertThat(bytes(epoch(first, 0))).isNotEqualTo(bytes(epoch(first, 1)));
        assertThat(bytes(epoch(first, 0))).isNotEqualTo(bytes(epoch(open(spec, Batching.of(4, 6), INPUT), 0)));
    }

    @Test
    void anEpochCanBeContinuedAtAnyBatch() throws IOException {
        var batching = Batching.of(2, 5).withAugmentation(Augmentation.parse("flip,crop1"));
        var data = open(idx(13), batching, INPUT);
        var whole = bytes(epoch(data, 3));
        assertThat(whole).hasSize(6);
        for (int first = 0; first <= 6; first++) {
            assertThat(bytes(epoch(data, 3, first))).isEqualTo(whole.subList(first, 6));
        }
        assertThatThrownBy(() -> data.epoch(3, 7)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void augmentationChangesFromEpochToEpochAndKeepsPixelsOfTheImage() throws IOException {
        var batching = Batching.of(12, 5).inOrder().withAugmentation(Augmentation.parse("flip"));
        var data = open(idx(12), batching, INPUT);
        assertThat(bytes(epoch(data, 0))).isNotEqualTo(bytes(epoch(data, 1)));
        var pixels = floats(epoch(data, 0).getFirst());
        int mirrored = 0;
        for (int i = 0; i < 12; i++) {
            var image = Arrays.copyOfRange(pixels, 4 * i, 4 * i + 4);
            float[] upright = {4 * i / 255f, (4 * i + 1) / 255f, (4 * i + 2) / 255f, (4 * i + 3) / 255f};
            float[] flipped = {upright[1], upright[0], upright[3], upright[2]};
            assertThat(image).isIn(upright, flipped);
            mirrored += Arrays.equals(image, flipped) ? 1 : 0;
        }
        assertThat(mirrored).isBetween(2, 10);
    }

    @Test
    void withoutShufflingSamplesComeInTheDatasOrder() throws IOException {
        var batches = epoch(open(idx(5), Batching.of(2, 5).inOrder(), INPUT), 4);
        assertThat(allClasses(batches)).containsExactly(0, 1, 2, 3);
    }

    @Test
    void leftOversAreDroppedUnlessThereIsNothingElse() throws IOException {
        assertThat(epoch(open(idx(7), Batching.of(3, 1), INPUT), 0))
                .extracting(TrainBatch::samples)
                .containsExactly(3, 3);
        var few = epoch(open(idx(3), Batching.of(8, 1), INPUT), 0);
        assertThat(few).extracting(TrainBatch::samples).containsExactly(3);
        assertThat(TrainTesting.input(few.getFirst(), "x").dims()).containsExactly(3L, 1L, 2L, 2L);
    }

    @Test
    void aFixedBatchSizeWins() throws IOException {
        var single = open(idx(6), Batching.of(3, 1), floats(1, 1, 2, 2));
        assertThat(single.batches()).isEqualTo(6);
        assertThat(single.batchSize()).isEqualTo(1);
        assertThat(open(idx(6), Batching.of(3, 1), floats(-1, 1, 2, 2)).batchSize())
                .isEqualTo(3);
        var filled = epoch(open(idx(3), Batching.of(2, 1).inOrder(), floats(4, 1, 2, 2)), 0);
        assertThat(filled).hasSize(1);
        assertThat(filled.getFirst().samples()).isEqualTo(3);
        assertThat(TrainTesting.input(filled.getFirst(), "x").dims()).containsExactly(4L, 1L, 2L, 2L);
        assertThat(classes(filled.getFirst())).containsExactly(0, 1, 2);
    }

    @Test
    void pixelsAreThoseOfEvaluation() throws IOException {
        var steps = Preprocess.none().withMeanStd(List.of(.4), List.of(.3));
        var options = DataOptions.defaults().withPreprocess(steps);
        var evaluated =
                DataTesting.elements(DataTesting.read(idx(4), options, 4, INPUT).getFirst());
        var trained = floats(epoch(open(idx(4), options, Batching.of(4, 1).inOrder(), INPUT), 0)
                .getFirst());
        assertThat(trained).isEqualTo(evaluated);
        var half = DataTesting.input("x", DType.FLOAT16, -1, 4);
        assertThat(floats(epoch(open(idx(4), Batching.of(4, 1).inOrder(), half), 0)
                        .getFirst())[15])
                .isEqualTo(Float.float16ToFloat(Float.floatToFloat16(15 / 255f)));
    }

    @Test
    void theLimitTakesTheFirstSamples() throws IOException {
        var data = open(idx(9), DataOptions.defaults().withLimit(4), Batching.of(2, 1), INPUT);
        assertThat(allClasses(epoch(data, 0))).containsExactlyInAnyOrder(0, 1, 2, 3);
    }

    @Test
    void cifarGivesItsTrainingPartUnlessAnotherIsAskedFor() throws IOException {
        DataFilesTesting.writeCifar10(folder);
        var spec = "cifar10:" + folder;
        var input = floats(-1, 3, 32, 32);
        var train = epoch(open(spec, Batching.of(5, 1), input), 0);
        assertThat(allClasses(train)).containsExactlyInAnyOrder(1, 2, 3, 4, 5);
        var pixels = floats(train.getFirst());
        for (int i = 0; i < 5; i++) {
            // The blue value is the file's number, as the class is.
            assertThat(pixels[3072 * i + 2048]).isEqualTo(classes(train.getFirst())[i] / 255f);
        }
        var test = open(spec, DataOptions.defaults().withSplit(Split.TEST), Batching.of(2, 1), input);
        assertThat(allClasses(epoch(test, 0))).containsExactlyInAnyOrder(3, 8);
    }

    @Test
    void digitsGiveTheirTrainingPart() {
        var data = open("digits", Batching.of(64, 1), floats(-1, 64));
        assertThat(data.batches()).isEqualTo((1797 - 359) / 64);
        var batch = epoch(data, 0).getFirst();
        for (long label : classes(batch)) {
            assertThat(label).isBetween(0L, 9L);
        }
        for (float pixel : floats(batch)) {
            assertThat(pixel).isBetween(0f, 1f);
            assertThat(pixel * 16).isEqualTo(Math.round(pixel * 16));
        }
    }

    @Test
    void rowsOfNumbersKeepTheirValues() throws IOException {
        var file = Files.writeString(folder.resolve("rows.csv"), "a,b,label\n1.5,-2e3,7\n0.1,3,2\n");
        var batch = epoch(open("csv:" + file, Batching.of(2, 1).inOrder(), floats(-1, 2)), 0)
                .getFirst();
        assertThat(floats(batch)).containsExactly(1.5f, -2000f, .1f, 3f);
        assertThat(classes(batch)).containsExactly(7, 2);
        var flip = Batching.of(2, 1).withAugmentation(Augmentation.parse("flip"));
        assertThatThrownBy(() -> open("csv:" + file, flip, floats(-1, 2)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("no image to augment");
    }

    /** Writes a red picture of rows of pixels. */
    private void picture(String name, int[]... rows) throws IOException {
        var file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        var picture = new BufferedImage(rows[0].length, rows.length, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < rows.length; y++) {
            for (int x = 0; x < rows[y].length; x++) {
                picture.setRGB(x, y, rows[y][x] << 16);
            }
        }
        ImageIO.write(picture, "png", file.toFile());
    }

    @Test
    void foldersOfImagesGiveTheirClasses() throws IOException {
        picture("ant/a.png", new int[] {10, 20});
        picture("bee/b.png", new int[] {40, 41});
        var batch = epoch(open("images:" + folder, Batching.of(2, 1).inOrder(), floats(-1, 3, 1, 2)), 0)
                .getFirst();
        assertThat(floats(batch)).startsWith(10 / 255f, 20 / 255f, 0).hasSize(12);
        assertThat(classes(batch)).containsExactly(0, 1);
    }

    @Test
    void imagesWithoutNumbersHaveNoTargets() throws IOException {
        picture("x.png", new int[] {1, 2});
        var batch = epoch(open("images:" + folder, Batching.of(1, 1), floats(-1, 3, 1, 2)), 0)
                .getFirst();
        assertThat(batch.targets()).isEmpty();
    }

    @Test
    void resizedImagesAreRoundedToBytes() throws IOException {
        picture("1.png", new int[] {10, 21}, new int[] {10, 20});
        var size = Preprocess.none().withSize(new Preprocess.Size(1, 1));
        var options = DataOptions.defaults().withPreprocess(size);
        var batch = epoch(open("images:" + folder, options, Batching.of(1, 1), floats(-1, 3, 1, 1)), 0)
                .getFirst();
        // The mean is 15.25.
        assertThat(floats(batch)).containsExactly(15 / 255f, 0, 0);
        assertThat(classes(batch)).containsExactly(1);
    }

    @Test
    void aPartOfUndividedDataIsRefused() throws IOException {
        var spec = idx(3);
        var options = DataOptions.defaults().withSplit(Split.TEST);
        assertThatThrownBy(() -> open(spec, options, Batching.of(2, 1), INPUT))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("no training and test part");
    }

    @Test
    void samplesThatDoNotFitTheModelAreRefused() throws IOException {
        var spec = idx(3);
        assertThatThrownBy(() -> open(spec, Batching.of(2, 1), floats(-1, 1, 3, 3)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("wants 1x3x3");
    }

    @Test
    void batchesOfNothingAreRefused() {
        assertThatThrownBy(() -> Batching.of(0, 1)).isInstanceOf(UsageException.class);
        assertThatThrownBy(() -> Batching.of(1, 1).withMaxLength(0)).isInstanceOf(UsageException.class);
    }
}
