package dev.coppice.pipeline.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.pipeline.data.DataFilesTesting;
import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.spec.DataOptions.Split;
import dev.coppice.pipeline.data.spec.DataSpec;
import dev.coppice.pipeline.progress.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetrievalTest {

    @TempDir
    private Path folder;

    private Path model = Path.of("");
    private DataOptions options = DataOptions.defaults();

    @BeforeEach
    void writeModelAndSet() throws IOException {
        model = folder.resolve("m.onnx");
        // The words a, b and c point to (1,0), (0,1) and (1,1).
        OnnxWriter.write(Dsl.model("""
            input input_ids int64[N,L]
            const table float[4,3] = 0 0 1  1 0 0  0 1 0  1 1 0
            y = Gather(table, input_ids)
            output y
            """), model);
        options = options.withTokenizer(DataFilesTesting.writeTokenizer(folder));
        write("corpus.jsonl", """
            {"_id": "0", "title": "a", "text": "a"}
            {"_id": "1", "title": "", "text": "b", "metadata": {"url": "x"}}
            {"_id": "2", "text": "c"}
            {"_id": "3", "title": "a", "text": "b"}
            """);
        write("queries.jsonl", """
            {"_id": "q1", "text": "a"}
            {"_id": "q2", "text": "b"}
            {"_id": "q3", "text": "c"}
            """);
        Files.createDirectory(folder.resolve("qrels"));
        write("qrels/test.tsv", """
            query-id	corpus-id	score
            q1	3	2
            q1	1	1
            q1	0	0
            q2	1	1
            q2	none	1
            """);
    }

    private void write(String name, String content) throws IOException {
        Files.writeString(folder.resolve(name), content);
    }

    private Quality quality(DataOptions chosen) {
        return Evaluator.evaluate(Evaluation.of(model, new DataSpec.Beir(folder), chosen), Progress.NONE);
    }

    @Test
    void gainsAreDiscountedByRankAndHeldAgainstTheBestOrder() {
        // q1 finds 0, then 2 and 3, which are equally near, in this order, then 1. q2 finds 1 first; the other is not
        // there.
        double first = (2 / log2(4) + 1 / log2(5)) / (2 + 1 / log2(3));
        double second = 1 / (1 + 1 / log2(3));
        var quality = quality(options);
        assertThat(quality.metric()).isEqualTo("ndcg@10");
        assertThat(quality.higherIsBetter()).isTrue();
        assertThat(quality.value()).isCloseTo((first + second) / 2, within(1e-12));
        assertThat(quality.more()).containsEntry("recall@100", 0.75).containsEntry("documents", 4.0);
        assertThat(quality.samples()).isEqualTo(2);
    }

    private static double log2(double x) {
        return Math.log(x) / Math.log(2);
    }

    @Test
    void documentsBeyondTheLimitAreNotMissed() {
        // Only document 1 is left of what answers q1 and q2: second after 0, and first.
        assertThat(quality(options.withLimit(2)).value()).isCloseTo((1 / log2(3) + 1) / 2, within(1e-12));
    }

    @Test
    void documentsAloneAreForTrainingAndCannotBeJudgedBy() {
        assertThatThrownBy(() -> quality(options.withSplit(Split.TRAIN)))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("nothing to judge by");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "corpus.jsonl | {\"_id\": \"0\"}                                        | corpus.jsonl line 1 has no"
                        + " text",
                "corpus.jsonl | {\"text\": \"a\"}                                       | corpus.jsonl line 1 has no"
                        + " _id",
                "corpus.jsonl | [1]                                                     | corpus.jsonl line 1 is no"
                        + " JSON object",
                "corpus.jsonl | {\"_id\": \"0\", \"te                                   | corpus.jsonl line 1 is not"
                        + " JSON",
                "queries.jsonl | {\"_id\": \"q9\", \"text\": \"a\"}                      | qrels/test.tsv line 2 names"
                        + " the query 'q1'",
                "qrels/test.tsv | q1 3 2                                                  | qrels/test.tsv line 1 has"
                        + " 1 columns",
                "qrels/test.tsv | query-id~corpus-id~score                                | qrels/test.tsv names no"
                        + " query",
                "qrels/test.tsv | q1~3~0                                                  | qrels/test.tsv names no"
                        + " query",
                "qrels/test.tsv | q1~3~1~                                                 | qrels/test.tsv line 1 has"
                        + " 4 columns",
            })
    void whatIsMalformedIsNamed(String file, String content, String problem) throws IOException {
        write(file, content.replace('~', '\t') + "\n");
        assertThatThrownBy(() -> quality(options))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(problem);
    }

    @Test
    void aFolderWithoutItsFilesIsRefused() throws IOException {
        Files.delete(folder.resolve("queries.jsonl"));
        assertThatThrownBy(() -> quality(options))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("queries.jsonl");
    }
}
