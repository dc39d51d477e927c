package dev.coppice.pipeline.data;

import static dev.coppice.pipeline.data.DataTesting.floats;
import static dev.coppice.pipeline.data.DataTesting.input;
import static dev.coppice.pipeline.data.TrainTesting.bytes;
import static dev.coppice.pipeline.data.TrainTesting.epoch;
import static dev.coppice.pipeline.data.TrainTesting.longs;
import static dev.coppice.pipeline.data.TrainTesting.open;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.DType;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.ValueInfo;
import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.train.data.TrainBatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingTextsTest {

    private static final ValueInfo IDS = input("input_ids", DType.INT64, -1, -1);
    private static final ValueInfo MASK = input("attention_mask", DType.INT64, -1, -1);
    private static final ValueInfo POSITIONS = input("position_ids", DType.INT32, -1, -1);

    @TempDir
    private Path folder;

    private DataOptions options = DataOptions.defaults();

    @BeforeEach
    void chooseTokenizer() throws IOException {
        options = options.withTokenizer(DataFilesTesting.writeTokenizer(folder));
    }

    /** Writes {@code count} texts; text i has 1 + i % 4 words, of which the first tells i / 4 % 3. */
    private String texts(int count) throws IOException {
        var lines = new ArrayList<String>();
        for (int i = 0; i < count; i++) {
            lines.add("abc".charAt(i / 4 % 3) + " b".repeat(i % 4));
        }
        return "text:" + Files.write(folder.resolve("lines.txt"), lines);
    }

    private static long[] lengths(TrainBatch batch) {
        int samples = batch.samples();
        var mask = longs(batch, "attention_mask");
        int width = mask.length / samples;
        var lengths = new long[samples];
        for (int i = 0; i < mask.length; i++) {
            lengths[i / width] += mask[i];
        }
        return lengths;
    }

    /** Returns the ids of all rows without padding. */
    private static List<List<Long>> sequences(List<TrainBatch> batches) {
        var all = new ArrayList<List<Long>>();
        for (var batch : batches) {
            var ids = longs(batch, "input_ids");
            int width = ids.length / batch.samples();
            for (int row = 0; row < batch.samples(); row++) {
                all.add(Arrays.stream(ids, row * width, (row + 1) * width)
                        .filter(id -> id != 0)
                        .boxed()
                        .toList());
            }
        }
        return all;
    }

    @Test
    void everyTextComesOnceAnEpochAmongOthersOfSimilarLength() throws IOException {
        var data = open(texts(60), options, Batching.of(6, 3), IDS, MASK);
        assertThat(data.batches()).isEqualTo(10);
        var batches = epoch(data, 0);
        assertThat(batches).hasSize(10).allSatisfy(batch -> {
            assertThat(batch.samples()).isEqualTo(6);
            assertThat(batch.targets()).isEmpty();
            var lengths = Arrays.stream(lengths(batch)).sorted().toArray();
            assertThat(lengths[5] - lengths[0]).isLessThanOrEqualTo(1);
            assertThat(longs(batch, "input_ids")).hasSize((int) (6 * lengths[5]));
        });
        var seen = sequences(batches);
        var inOrder =
                sequences(epoch(open(texts(60), options, Batching.of(60, 3).inOrder(), IDS, MASK), 0));
        assertThat(seen).containsExactlyInAnyOrderElementsOf(inOrder);
    }

    @Test
    void batchesOfAllLengthsComeMixed() throws IOException {
        var batches = epoch(open(texts(60), options, Batching.of(6, 3), IDS, MASK), 0);
        var widths = batches.stream().map(batch -> lengths(batch)[0]).toList();
        assertThat(widths).isNotEqualTo(widths.stream().sorted().toList());
    }

    @Test
    void theOrderDependsOnSeedAndEpochAndCanBeContinued() throws IOException {
        var data = open(texts(25), options, Batching.of(4, 3), IDS, MASK);
        var whole = bytes(epoch(data, 1));
        assertThat(whole).hasSize(6);
        assertThat(bytes(epoch(open(texts(25), options, Batching.of(4, 3), IDS, MASK), 1, 2)))
                .isEqualTo(whole.subList(2, 6));
        assertThat(bytes(epoch(data, 2))).isNotEqualTo(whole);
    }

    @Test
    void withoutMaskOnlyTextsOfOneLengthShareABatchAndNoneIsDropped() throws IOException {
        var data = open(texts(14), options, Batching.of(3, 3), IDS);
        // Four texts of 1 and of 2 words, three of 3 and of 4 words.
        assertThat(data.batches()).isEqualTo(6);
        var batches = epoch(data, 0);
        assertThat(batches).extracting(TrainBatch::samples).containsExactlyInAnyOrder(3, 1, 3, 1, 3, 3);
        assertThat(batches)
                .allSatisfy(batch -> assertThat(longs(batch, "input_ids")).doesNotContain(0));
    }

    @Test
    void longTextsAreTruncated() throws IOException {
        var spec = "text:" + Files.writeString(folder.resolve("long.txt"), "a b c a b c\n");
        assertThat(longs(
                        epoch(open(spec, options, Batching.of(1, 1), IDS, MASK), 0)
                                .getFirst(),
                        "input_ids"))
                .containsExactly(1, 2, 3, 1);
        var shorter = Batching.of(1, 1).withMaxLength(2);
        assertThat(longs(epoch(open(spec, options, shorter, IDS, MASK), 0).getFirst(), "input_ids"))
                .containsExactly(1, 2);
        var longer = Batching.of(1, 1).withMaxLength(5);
        assertThat(longs(epoch(open(spec, options, longer, IDS, MASK), 0).getFirst(), "input_ids"))
                .containsExactly(1, 2, 3, 1, 2);
    }

    @Test
    void aModelOfFixedSizeGetsIt() throws IOException {
        var ids = input("input_ids", DType.INT64, 2, 3);
        var mask = input("attention_mask", DType.INT64, 2, 3);
        var data = open(texts(4), options, Batching.of(32, 1).withMaxLength(8), ids, mask);
        assertThat(data.batches()).isEqualTo(2);
        assertThat(data.batchSize()).isEqualTo(2);
        assertThat(epoch(data, 0))
                .allSatisfy(batch -> assertThat(
                                TrainTesting.input(batch, "input_ids").dims())
                        .containsExactly(2L, 3L));
    }

    @Test
    void theLimitTakesTheFirstTexts() throws IOException {
        var data = open(texts(9), options.withLimit(2), Batching.of(1, 1).inOrder(), IDS, MASK);
        assertThat(sequences(epoch(data, 0))).containsExactly(List.of(1L), List.of(1L, 2L));
    }

    @Test
    void sentencePairsGiveBothSentencesAndNoScores() throws IOException {
        var line = "g\tf\ty\t1\t2.5\ta b\tc\n";
        var spec = "sts:" + Files.writeString(folder.resolve("pairs.csv"), line);
        var batches = epoch(open(spec, options, Batching.of(2, 1), IDS, MASK), 0);
        assertThat(sequences(batches)).containsExactlyInAnyOrder(List.of(1L, 2L), List.of(3L));
        assertThat(batches.getFirst().targets()).isEmpty();
    }

    @Test
    void whatIsNotThereIsSaid() throws IOException {
        var spec = texts(3);
        assertThatThrownBy(() -> open(spec, DataOptions.defaults(), Batching.of(2, 1), IDS))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("tokenizer");
        var empty = "text:" + Files.writeString(folder.resolve("empty.txt"), "\n \n");
        assertThatThrownBy(() -> open(empty, options, Batching.of(2, 1), IDS))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("no texts");
        var flip = Batching.of(2, 1).withAugmentation(Augmentation.parse("flip"));
        assertThatThrownBy(() -> open(spec, options, flip, IDS))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("augments images");
        assertThatThrownBy(() -> open(spec, options, Batching.of(2, 1), floats(-1, 3)))
                .isInstanceOf(BadInputException.class);
    }

    @Test
    void tokenWindowsFillEveryInput() throws IOException {
        var spec = "tokens:" + DataFilesTesting.writeWindows(folder, 5);
        var data = open(spec, Batching.of(2, 9), IDS, MASK, POSITIONS);
        assertThat(data.batches()).isEqualTo(2);
        var batches = epoch(data, 0);
        assertThat(batches).allSatisfy(batch -> {
            assertThat(batch.samples()).isEqualTo(2);
            assertThat(batch.targets()).isEmpty();
            var ids = longs(batch, "input_ids");
            assertThat((0xffff - ids[0]) % 256).isZero();
            assertThat(ids[255]).isEqualTo(ids[0] - 255);
            assertThat(longs(batch, "attention_mask")).containsOnly(1);
            assertThat(longs(batch, "position_ids")[256 + 17]).isEqualTo(17);
        });
        assertThat(bytes(epoch(data, 0, 1))).isEqualTo(bytes(batches).subList(1, 2));
        assertThat(bytes(epoch(data, 1))).isNotEqualTo(bytes(batches));
    }

    @Test
    void theLimitTakesTheFirstWindows() throws IOException {
        var spec = "tokens:" + DataFilesTesting.writeWindows(folder, 5);
        var batch = epoch(open(spec, options.withLimit(1), Batching.of(2, 9), IDS), 0)
                .getFirst();
        assertThat(batch.samples()).isEqualTo(1);
        assertThat(longs(batch, "input_ids")[0]).isEqualTo(0xffff);
    }
}
