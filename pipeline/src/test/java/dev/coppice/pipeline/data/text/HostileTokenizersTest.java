package dev.coppice.pipeline.data.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.testing.TestData;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that make the tokenizers' native library end its process, or that it refuses: this JVM lives on and says so. */
class HostileTokenizersTest {

    private static final String TEXT = "w1 cat " + "a".repeat(40) + "! é 漢字 😀";

    /** Knows three words, one at a blank. */
    private static final String MODEL =
            "{'type': 'WordLevel', 'vocab': {'[UNK]': 0, 'w1': 1, 'cat': 2}, 'unk_token': '[UNK]'}";

    private static final String SPLIT =
            "{'type': 'Split', 'pattern': {'Regex': '%s'}, 'behavior': 'Isolated', 'invert': false}";

    @TempDir
    private Path folder;

    private static long[] encode(Path file, String text) {
        try (var tokenizer = TextTokenizer.open(file, 0, OptionalInt.empty())) {
            return tokenizer.encode(text);
        }
    }

    private Path tokenizer(String normalizer, String preTokenizer, String postProcessor, String model)
            throws IOException {
        var json = """
            {'version': '1.0', 'truncation': null, 'padding': null, 'added_tokens': [], 'normalizer': %s,
             'pre_tokenizer': %s, 'post_processor': %s, 'decoder': null, 'model': %s}\
            """.formatted(normalizer, preTokenizer, postProcessor, model);
        return Files.writeString(folder.resolve("tokenizer.json"), json.replace('\'', '"'));
    }

    private static void assertRefused(Path file) {
        assertThatThrownBy(() -> encode(file, TEXT))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("tokenizer")
                .hasMessageNotContaining("null");
    }

    @ParameterizedTest
    @ValueSource(strings = {"post", "preco", "regex", "regexdeep", "nounk"})
    void theLibrarysDeathIsARefusal(String name) {
        var lines = TestData.shared("cases/hostile/tokenizer-lines.txt");
        var file = TestData.shared("cases/hostile/tokenizer-" + name + ".json");
        assertThatThrownBy(() -> {
                    try (var tokenizer = TextTokenizer.open(file, 0, OptionalInt.empty())) {
                        for (var line : Files.readAllLines(lines)) {
                            tokenizer.encode(line);
                        }
                    }
                })
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(file.toString());
    }

    @Test
    void aSoundTokenizerWorks() throws IOException {
        var file = tokenizer("null", "{'type': 'WhitespaceSplit'}", "null", MODEL);
        assertThat(encode(file, "w1 dog cat")).containsExactly(1, 0, 2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'type': 'TemplateProcessing', 'single': [{'SpecialToken': {'id': 'X', 'type_id': 0}}], 'pair': [],"
                        + " 'special_tokens': {}}",
                "{'type': 'Sequence', 'processors': [{'type': 'TemplateProcessing', 'single': [{'SpecialToken': {'id':"
                        + " 'X', 'type_id': 0}}], 'pair': [], 'special_tokens': {}}]}",
                "{'type': 'BertProcessing', 'sep': ['x', -1], 'cls': ['y', 0]}",
                "{'type': 'Nothing'}",
            })
    void postProcessors(String processor) throws IOException {
        assertRefused(tokenizer("null", "{'type': 'WhitespaceSplit'}", processor, MODEL));
    }

    @ParameterizedTest
    @ValueSource(strings = {"(a+)+$", "(a|aa)+$", "(", "(?<x>a)\\\\k<y>"})
    void patterns(String pattern) throws IOException {
        assertRefused(tokenizer("null", SPLIT.formatted(pattern), "null", MODEL));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'type': 'WordLevel', 'vocab': {'w1': 1}, 'unk_token': 'x'}",
                "{'type': 'Unigram', 'vocab': [['a', -1.0]], 'unk_id': 7}",
                "{'type': 'Unigram', 'vocab': [['a', -1.0]], 'unk_id': null}",
                "{'type': 'BPE', 'vocab': {'a': 0}, 'merges': ['a b']}",
                "{'type': 'WordPiece', 'vocab': {'a': 0}, 'unk_token': 'x', 'continuing_subword_prefix': '##',"
                        + " 'max_input_chars_per_word': 3}",
            })
    void models(String model) throws IOException {
        assertRefused(tokenizer("null", "{'type': 'WhitespaceSplit'}", "null", model));
    }

    /** A trie of random numbers points anywhere; some of it may be read without harm, and then gives ids. */
    @ParameterizedTest
    @ValueSource(ints = {1, 64, 1000})
    void charsmaps(int length) throws IOException {
        var bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        if (length > 4) {
            // The trie's size, which all that follows depends on.
            bytes[0] = (byte) (length / 2 & ~3);
            bytes[1] = (byte) (length / 2 >> 8);
            bytes[2] = bytes[3] = 0;
        }
        var map = "{'type': 'Precompiled', 'precompiled_charsmap': '"
                + Base64.getEncoder().encodeToString(bytes) + "'}";
        var file = tokenizer(map, "{'type': 'WhitespaceSplit'}", "null", MODEL);
        long[] ids;
        try {
            ids = encode(file, TEXT);
        } catch (BadInputException e) {
            assertThat(e).hasMessageContaining(file.toString());
            return;
        }
        assertThat(ids).isNotEmpty();
    }

    @Test
    void nestingWithoutEnd() throws IOException {
        var deep = "{'type': 'Sequence', 'normalizers': [".repeat(3000) + "]}".repeat(3000);
        assertRefused(tokenizer(deep, "null", "null", MODEL));
    }

    /** Never answers. */
    static final class Dreamer {
        private Dreamer() {}

        public static void main(String[] args) throws InterruptedException {
            Thread.sleep(Duration.ofMinutes(5));
        }
    }

    @Test
    void whatFindsNoEndIsEnded() {
        try (var worker = NativeWorker.start(Dreamer.class, Duration.ofMillis(100))) {
            worker.busy();
            var answers = new DataInputStream(worker.out());
            assertThatThrownBy(answers::readInt).isInstanceOf(IOException.class);
            assertThat(worker.end()).contains("no end within");
        }
    }
}
