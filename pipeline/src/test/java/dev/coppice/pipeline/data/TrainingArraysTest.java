package dev.coppice.pipeline.data;

import static dev.coppice.pipeline.data.DataTesting.floats;
import static dev.coppice.pipeline.data.DataTesting.input;
import static dev.coppice.pipeline.data.NumpyFiles.data;
import static dev.coppice.pipeline.data.NumpyFiles.floatData;
import static dev.coppice.pipeline.data.NumpyFiles.longData;
import static dev.coppice.pipeline.data.NumpyFiles.npy;
import static dev.coppice.pipeline.data.TrainTesting.bytes;
import static dev.coppice.pipeline.data.TrainTesting.classes;
import static dev.coppice.pipeline.data.TrainTesting.epoch;
import static dev.coppice.pipeline.data.TrainTesting.floats;
import static dev.coppice.pipeline.data.TrainTesting.longs;
import static dev.coppice.pipeline.data.TrainTesting.open;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.DType;
import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.train.data.TrainBatch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingArraysTest {

    private static final byte[] X = npy(1, "<f4", "3, 2", floatData(1, 2, 3, 4, 5, 6));

    @TempDir
    private Path folder;

    private String npz(Map<String, byte[]> arrays) throws IOException {
        return "npz:" + NumpyFiles.npz(folder.resolve("data.npz"), ZipEntry.DEFLATED, arrays);
    }

    private TrainBatch whole(Map<String, byte[]> arrays) throws IOException {
        return epoch(open(npz(arrays), Batching.of(3, 1).inOrder(), floats(-1, 2)), 0)
                .getFirst();
    }

    @Test
    void everySampleKeepsItsRowsAndItsClass() throws IOException {
        var spec = npz(Map.of(
                "x", X,
                "ids", npy(1, "<i8", "3, 1", longData(10, 30, 50)),
                "y", npy(1, "<i8", "3,", longData(1, 3, 5))));
        var data = open(spec, Batching.of(1, 7), floats(-1, 2), input("ids", DType.INT32, -1, 1));
        assertThat(data.batches()).isEqualTo(3);
        var batches = epoch(data, 0);
        assertThat(batches).extracting(batch -> classes(batch)[0]).containsExactlyInAnyOrder(1L, 3L, 5L);
        assertThat(batches).allSatisfy(batch -> {
            long label = classes(batch)[0];
            assertThat(floats(batch)).containsExactly(label, label + 1);
            assertThat(longs(batch, "ids")).containsExactly(10 * label);
        });
        assertThat(bytes(epoch(data, 0, 2))).isEqualTo(bytes(batches).subList(2, 3));
    }

    @Test
    void wholeNumbersAreClasses() throws IOException {
        var small = data(3).put(0, (byte) 2).put(1, (byte) 0).put(2, (byte) 1);
        for (var shape : new String[] {"3,", "3, 1"}) {
            var batch = whole(Map.of("x", X, "y", npy(1, "|u1", shape, small)));
            var targets = batch.targets().orElseThrow();
            assertThat(targets.type()).isEqualTo(DType.INT64);
            assertThat(targets.dims()).containsExactly(3L);
            assertThat(classes(batch)).containsExactly(2, 0, 1);
        }
    }

    @Test
    void fractionsAreTargetsOfRegression() throws IOException {
        var doubles = data(24).putDouble(0, .5).putDouble(8, -1).putDouble(16, 2.25);
        var targets = whole(Map.of("x", X, "y", npy(1, "<f8", "3, 1", doubles)))
                .targets()
                .orElseThrow();
        assertThat(targets.type()).isEqualTo(DType.FLOAT);
        assertThat(targets.dims()).containsExactly(3L, 1L);
        assertThat(floats(targets)).containsExactly(.5f, -1, 2.25f);
    }

    @Test
    void rowsOfWholeNumbersAreLabelSequences() throws IOException {
        var labels = longData(1, 2, 3, -1, 4, 5);
        var batch = whole(Map.of("x", X, "y", npy(1, "<i8", "3, 2", labels)));
        assertThat(batch.targets().orElseThrow().dims()).containsExactly(3L, 2L);
        assertThat(classes(batch)).containsExactly(1, 2, 3, -1, 4, 5);
    }

    @Test
    void targetsMayBeAbsent() throws IOException {
        assertThat(whole(Map.of("x", X)).targets()).isEmpty();
    }

    @Test
    void aFixedBatchSizeWins() throws IOException {
        var spec = npz(Map.of("x", X, "y", npy(1, "<i8", "3,", longData(0, 1, 2))));
        var single = open(spec, Batching.of(3, 1), floats(1, 2));
        assertThat(single.batches()).isEqualTo(3);
        assertThat(single.batchSize()).isEqualTo(1);
        assertThat(open(spec, Batching.of(3, 1), floats(-1, 2)).batchSize()).isEqualTo(3);
        var filled =
                epoch(open(spec, Batching.of(1, 1).inOrder(), floats(5, 2)), 0).getFirst();
        assertThat(filled.samples()).isEqualTo(3);
        assertThat(floats(filled)).containsExactly(1, 2, 3, 4, 5, 6, 5, 6, 5, 6);
        assertThat(classes(filled)).containsExactly(0, 1, 2);
    }

    @Test
    void theLimitTakesTheFirstSamples() throws IOException {
        var spec = npz(Map.of("x", X, "y", npy(1, "<i8", "3,", longData(0, 1, 2))));
        var options = DataOptions.defaults().withLimit(2);
        var batch = epoch(open(spec, options, Batching.of(8, 1).inOrder(), floats(-1, 2)), 0)
                .getFirst();
        assertThat(classes(batch)).containsExactly(0, 1);
        assertThat(floats(batch)).containsExactly(1, 2, 3, 4);
    }

    @Test
    void targetsThatMeanNothingAreRefused() throws IOException {
        assertRefused("has the label -1", npy(1, "<i8", "3,", longData(0, -1, 2)));
        assertRefused("has the label -2", npy(1, "<i8", "3, 2", longData(1, 1, 2, 3, 4, -2)));
        assertRefused("row 1 has the label 0 in a sequence", npy(1, "<i8", "3, 2", longData(1, 1, 0, 3, 4, -1)));
        assertRefused("after the sequence's end", npy(1, "<i8", "3, 2", longData(1, 1, -1, 3, 4, -1)));
        assertRefused("has the shape [3, 1, 2]", npy(1, "<i8", "3, 1, 2", longData(0, 1, 2, 3, 4, 5)));
        assertRefused("has 2 samples", npy(1, "<i8", "2,", longData(0, 1)));
    }

    @Test
    void labelsBeyondAllIntegersAreNamedAsTheyAre() throws IOException {
        assertRefused(
                "'y' has the value 18446744073709551615 in row 1, which does not fit into INT64",
                npy(1, "<u8", "3,", longData(0, -1, 2)));
        assertRefused(
                "has the value 9223372036854775808 in row 2", npy(1, "<u8", "3, 1", longData(0, 1, Long.MIN_VALUE)));
    }

    private void assertRefused(String message, byte[] y) throws IOException {
        var spec = npz(Map.of("x", X, "y", y));
        assertThatThrownBy(() -> open(spec, Batching.of(1, 1), floats(-1, 2)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(message);
    }

    @Test
    void anEmptyArchiveIsRefused() throws IOException {
        var spec = npz(Map.of("x", npy(1, "<f4", "0, 2", floatData())));
        assertThatThrownBy(() -> open(spec, Batching.of(1, 1), floats(-1, 2)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("no samples");
    }
}
