package dev.coppice.pipeline.data;

import static dev.coppice.pipeline.data.DataFilesTesting.writeTokenizer;
import static dev.coppice.pipeline.data.DataTesting.input;
import static dev.coppice.pipeline.data.DataTesting.read;
import static dev.coppice.pipeline.data.DataTesting.tensor;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.DType;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.ValueInfo;
import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.text.StsPairs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextBatchesTest {

    private static final ValueInfo IDS = input("input_ids", DType.INT64, -1, -1);
    private static final ValueInfo MASK = input("attention_mask", DType.INT64, -1, -1);

    @TempDir
    private Path folder;

    private DataOptions options = DataOptions.defaults();

    @BeforeEach
    void chooseTokenizer() throws IOException {
        options = options.withTokenizer(writeTokenizer(folder));
    }

    private String text(String lines) throws IOException {
        return "text:" + Files.writeString(folder.resolve("lines.txt"), lines);
    }

    @Test
    void textsAreSortedByLengthAndPaddedUnderTheMask() throws IOException {
        var batches = read(text("a b c\n\nc\nb x\n"), options, 2, IDS, MASK);
        assertThat(batches).hasSize(2);
        var first = batches.getFirst();
        assertThat(first.order()).containsExactly(1L, 2L);
        assertThat(first.lengths()).containsExactly(1, 2);
        assertThat(tensor(first, "input_ids").toFloats()).containsExactly(3, 0, 2, 0);
        assertThat(tensor(first, "attention_mask").toFloats()).containsExactly(1, 0, 1, 1);
        assertThat(tensor(batches.getLast(), "input_ids").toFloats()).containsExactly(1, 2, 3);
    }

    @Test
    void theTokenizersOwnTruncationHoldsAndItsPaddingDoesNot() throws IOException {
        var batch = read(text("a b c a b c a b c"), options, 2, IDS, MASK).getFirst();
        assertThat(tensor(batch, "input_ids").toFloats()).containsExactly(1, 2, 3, 1);
    }

    @Test
    void aFixedLengthOfTheModelCapsAndPads() throws IOException {
        var fixed = new ValueInfo[] {input("input_ids", DType.INT64, 2, 3), input("attention_mask", DType.INT64, 2, 3)};
        var batch = read(text("a b c a\nb"), options, 8, fixed).getFirst();
        assertThat(tensor(batch, "input_ids").toFloats()).containsExactly(2, 0, 0, 1, 2, 3);
        assertThat(batch.lengths()).containsExactly(1, 3);
    }

    @Test
    void withoutAMaskOnlyEqualLengthsShareABatch() throws IOException {
        var batches = read(text("a\nb c\nb\n"), options, 8, IDS);
        assertThat(batches).extracting(Batch::order).containsExactly(List.of(0L, 2L), List.of(1L));
    }

    @Test
    void theLimitCountsTexts() throws IOException {
        assertThat(read(text("a\nb\nc"), options.withLimit(2), 8, IDS)
                        .getFirst()
                        .samples())
                .isEqualTo(2);
    }

    @Test
    void textsNeedATokenizer() throws IOException {
        var spec = text("a");
        assertThatThrownBy(() -> read(spec, DataOptions.defaults(), 1, IDS))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("needs a tokenizer");
        assertBadTokenizer("no tokenizer", "{\"version\": \"1.0\"}");
        assertBadTokenizer("no JSON object", "[]");
        assertBadTokenizer("no tokenizer", "{\"truncation\": {");
        assertBadTokenizer("no tokenizer", "plain text");
    }

    private void assertBadTokenizer(String message, String content) throws IOException {
        var file = Files.writeString(folder.resolve("bad.json"), content);
        var bad = DataOptions.defaults().withTokenizer(file);
        var spec = text("a");
        assertThatThrownBy(() -> read(spec, bad, 1, IDS))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(message);
    }

    @Test
    void sentencePairsBecomeNeighbouringTexts() throws IOException {
        var file =
                Files.writeString(folder.resolve("sts.csv"), "g\tf\ty\t1\t2.5\ta\tb c\ng\tf\ty\t2\t5\t\"c\tb\textra\n");
        assertThat(StsPairs.read(file, 9))
                .containsExactly(new StsPairs.Pair(2.5, "a", "b c"), new StsPairs.Pair(5, "\"c", "b"));
        var batch = read("sts:" + file, options.withLimit(1), 8, IDS, MASK).getFirst();
        assertThat(batch.order()).containsExactly(0L, 1L);
        assertThat(tensor(batch, "input_ids").toFloats()).containsExactly(1, 0, 2, 3);
    }

    @Test
    void badPairsAreNamed() throws IOException {
        assertBadPairs("line 1 has 3 columns", "a\tb\tc\n");
        assertBadPairs("line 2 has the score 'x'", "g\tf\ty\t1\t2.5\ta\tb\ng\tf\ty\t1\tx\ta\tb\n");
        assertBadPairs("score 'NaN'", "g\tf\ty\t1\tNaN\ta\tb\n");
        assertBadPairs("no sentence pairs", "\n");
    }

    private void assertBadPairs(String message, String content) throws IOException {
        var file = Files.writeString(folder.resolve("sts.csv"), content);
        assertThatThrownBy(() -> StsPairs.read(file, 9))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(message);
    }
}
