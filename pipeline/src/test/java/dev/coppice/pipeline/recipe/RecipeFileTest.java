package dev.coppice.pipeline.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.testing.TestData;
import dev.coppice.pipeline.cut.PlanFile;
import dev.coppice.pipeline.report.Json;
import dev.coppice.pipeline.study.StudyFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that people, or their enemies, write by hand. */
class RecipeFileTest {

    private static final String RUN = "model: m.onnx\noutput: o.onnx\n";

    @TempDir
    private Path folder;

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("r.yaml"), text);
    }

    /** Both are refused by whatever reads them, in seconds. */
    private static void assertRefused(Path file) {
        Assertions.assertTimeout(Duration.ofSeconds(20), () -> {
            assertThatThrownBy(() -> Recipe.of(RecipeFile.read(file))).isInstanceOf(BadInputException.class);
            assertThatThrownBy(() -> StudyFile.read(file)).isInstanceOf(BadInputException.class);
        });
    }

    @ParameterizedTest
    @CsvSource({
        "'model: m.onnx\nkeep: [a, b\noutput: o', 'line 3, column 7'",
        "'model: m.onnx\n  output: o.onnx\n', 'line 2, column 9'",
        "'model: \"m.onnx\n', 'line 2, column 1'",
        "'model: a\nmodel: b', 'line 2, column 1'",
    })
    void whatIsNoYamlIsNamedWithItsPlaceInOneLine(String text, String place) throws IOException {
        var file = file(text);
        assertThatThrownBy(() -> RecipeFile.read(file))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(file + " " + place + " is not YAML: ")
                .message()
                .hasSizeLessThan(file.toString().length() + 120)
                .doesNotContain("\n", "snakeyaml");
    }

    @ParameterizedTest
    @ValueSource(strings = {"yaml-deep.yaml", "yaml-deep3000.yaml"})
    void sharedCasesAreRefused(String name) {
        assertRefused(TestData.shared("cases/hostile/" + name));
    }

    static List<String> hostile() {
        var laughs = new StringBuilder("a0: &a0 [lol, lol]\n");
        var doubling = new StringBuilder("a0: &a0 [lol, lol]\n");
        for (int i = 1; i < 20; i++) {
            laughs.append("a%d: &a%d [%s]\n".formatted(i, i, ("*a" + (i - 1) + ",").repeat(9)));
            doubling.append("a%d: &a%d [*a%d, *a%d]\n".formatted(i, i, i - 1, i - 1));
        }
        return List.of(
                "keep: " + "[".repeat(100_000),
                "keep: " + "[".repeat(3000) + "]".repeat(3000),
                "keep: " + "{a: ".repeat(3000) + "1" + "}".repeat(3000),
                "- ".repeat(5000) + "a",
                "? ".repeat(5000) + "a",
                laughs.toString(),
                doubling.toString(),
                "long: &l " + "x".repeat(9000) + "\nkeep: [" + "*l, ".repeat(5000) + "*l]",
                "keep: &a [*a]",
                "keep: &a {a: *a}",
                "seed: " + "9".repeat(500_000),
                "sparsity: 0.5\nsparsity: 0.6",
                "<<: {sparsity: 0.5}",
                "sparsity:\t0.5\n\tkeep: x",
                "sparsity: !!int x",
                "sparsity: !!float x",
                "sparsity: !!java.net.URL [http://localhost]",
                "sparsity: !!binary '%'",
                "[a, b]: 1",
                "a: 1\n---\nb: 2",
                "%YAML 9.9\n---\na: 1",
                "sparsity: ${HOME}",
                "\u0000",
                "");
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void hostileFormsAreRefused(String text) throws IOException {
        assertRefused(file(RUN + text));
        assertRefused(file(text));
    }

    @Test
    void whatIsTooLongOrNoTextIsRefused() throws IOException {
        assertRefused(file("a: b\n".repeat(300_000)));
        assertRefused(Files.write(folder.resolve("latin.yaml"), "a: ü".getBytes(StandardCharsets.ISO_8859_1)));
        assertRefused(folder);
        assertRefused(folder.resolve("nosuch"));
        var zeros = Path.of("/dev/zero");
        if (Files.exists(zeros)) {
            assertRefused(zeros);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sparsity: .nan",
                "sparsity: .inf",
                "sparsity: -0.1",
                "sparsity: 1e999",
                "sparsity: [0.5]",
                "sparsity: {a: 1}",
                "sparsity: half",
                "sparsity: 0.5\nseed: 1.5",
                "sparsity: 0.5\nseed: 1e300",
                "sparsity: 0.5\nseed: 99999999999999999999",
                "sparsity: 0.5\nthreads: -1",
                "sparsity: 0.5\nthreads: 1e12",
                "sparsity: 0.5\nkeep: [null]",
                "sparsity: 0.5\nkeep: {a: b}",
                "sparsity: 0.5\nkeep: [[a]]",
                "layers: {null: 0.5}",
                "layers: {a: null}",
                "layers: [a]",
                "granularity: channel\nsparsity: 0.5\nround-to: 99999999999",
                "granularity: channel\nsparsity: 0.5\nround-to: -8",
                "sparsity: 0.5\nrun: \"a\\0b\"",
                "sparsity: 0.5\nmeasure: maybe",
                "data: digits\nsparsity: 0.5\nfine-tune: 1\nbatch: 1e10",
            })
    void valuesThatMakeNoSenseAreRefused(String lines) throws IOException {
        var settings = RecipeFile.read(file(RUN + lines));
        assertThatThrownBy(() -> Recipe.of(settings))
                .isInstanceOfAny(BadInputException.class, dev.coppice.ir.UsageException.class);
    }

    @Test
    void largeSeedsAreTakenAsTheyAre() throws IOException {
        var settings = RecipeFile.read(file(RUN + "sparsity: '0.5'\nseed: 9007199254740993\ncriterion: random"));
        assertThat(settings.integer("seed")).contains(9007199254740993L);
        assertThat(Recipe.of(settings).cut()).isInstanceOf(Recipe.Fresh.class);
    }

    @Test
    void aByteOrderMarkAndAliasesArePlainYaml() throws IOException {
        var settings = RecipeFile.read(file("\uFEFF" + RUN + "sparsity: &s 0.5\nlayers: {a: *s}\n"));
        assertThat(Recipe.of(settings).cut()).isInstanceOf(Recipe.Fresh.class);
    }

    @Test
    void aMistypedNameIsGuessed() throws IOException {
        var settings = RecipeFile.read(file(RUN + "sparsty: 0.5"));
        assertThatThrownBy(() -> Recipe.of(settings))
                .isInstanceOfSatisfying(
                        BadInputException.class, e -> assertThat(e.hint()).startsWith("did you mean sparsity?"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"[[[", "{\"a\":1,\"a\":2}", "{} {}", "{\"a\":1e", "{\"a\":99999999999999999999}", "7", ""})
    void jsonThatIsNoObjectIsRefused(String text) throws IOException {
        var file = Files.writeString(folder.resolve("p.json"), text);
        assertThatThrownBy(() -> Json.document(file, "")).isInstanceOf(BadInputException.class);
    }

    @Test
    void deepJsonIsRefused() throws IOException {
        for (var open : List.of("[", "{\"a\":")) {
            var file = Files.writeString(folder.resolve("p.json"), "{\"weights\":" + open.repeat(200_000));
            assertThatThrownBy(() -> PlanFile.read(file)).isInstanceOf(BadInputException.class);
        }
    }
}
