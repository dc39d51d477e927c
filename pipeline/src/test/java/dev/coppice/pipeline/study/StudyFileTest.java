package dev.coppice.pipeline.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.testing.TestData;
import dev.coppice.pipeline.progress.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StudyFileTest {

    @TempDir
    private Path folder;

    private Study study(String text) throws IOException {
        return StudyFile.read(Files.writeString(folder.resolve("s.yaml"), text));
    }

    private StudyRun.Result run(Study study) {
        return StudyRun.run(study, new StudyRun.Options(folder.resolve("a/b/run"), 1), Progress.NONE);
    }

    private List<Path> files() throws IOException {
        try (var files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.startsWith(folder.resolve("a/b/run")))
                    .map(folder::relativize)
                    .toList();
        }
    }

    @Test
    void aStudyWithoutDataIsRefused() throws IOException {
        var shared = StudyFile.read(TestData.shared("cases/hostile/study-nodata.yaml"));
        assertThatThrownBy(() -> run(shared))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("no data");
        var given = study("models: {m: {new: lenet300}}\ngrid: {sparsity: [0.5]}");
        assertThatThrownBy(() -> run(given)).isInstanceOf(BadInputException.class);
        assertThat(given.with(Map.of("data", "digits")).cells().getFirst().settings())
                .containsEntry("data", "digits");
        assertThat(files()).containsExactly(Path.of("s.yaml"));
    }

    @Test
    void theSharedStudyStaysInItsDirectory() throws IOException {
        var study = StudyFile.read(TestData.shared("cases/hostile/study-traversal.yaml"))
                .with(Map.of("data", "digits", "limit", 20L));
        run(study);
        assertThat(files()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"../../x", "/tmp/x", "a/b", "..", "a\\\\b", "con", "-x", "ümlaut", "a:b*c?"})
    void modelsStayInTheDirectoryWhateverTheyAreCalled(String name) throws IOException {
        var study = study("""
            settings: {data: digits, limit: 20}
            models: {"%s": {new: lenet300, input: 1x8x8}}
            grid: {sparsity: [0.5]}
            """.formatted(name));
        var result = run(study);
        assertThat(result.failures()).isEmpty();
        assertThat(files()).containsExactly(Path.of("s.yaml"));
        try (var models = Files.list(folder.resolve("a/b/run/models"))) {
            assertThat(models).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "models: {\"a\\e[31m\": {new: lenet300}}\ngrid: {sparsity: [0.5]}",
                "models: {\"a\\0b\": {new: lenet300}}\ngrid: {sparsity: [0.5]}",
                "models: {\"\": {new: lenet300}}\ngrid: {sparsity: [0.5]}",
                "models: {a: {file: \"x\\0y\"}}\ngrid: {sparsity: [0.5]}",
                "models: {a: {new: lenet300}}\ngrid: {\"x\\ny\": {c: {sparsity: 0.5}}}",
                "models: {a: {new: lenet300}}\ngrid: {sparsity: [0.5]}\nsettings: {run: ../../x}",
                "models: {a: {new: lenet300}}\ngrid: {output: [/tmp/x, /tmp/y]}",
                "models: {a: {new: lenet300, epochs: 1, run: /tmp/x}}\ngrid: {sparsity: [0.5]}",
                "models: {a: {new: lenet300}}\ngrid: {sparsty: [0.5]}",
                "models: {a: {new: lenet300}}\ngrid: {sparsity: []}",
                "models: {a: {new: lenet300}}\ngrid: {sparsity: [[0.5]]}",
                "models: {a: {new: lenet300, file: x}}\ngrid: {sparsity: [0.5]}",
                "models: [a]\ngrid: {sparsity: [0.5]}",
                "models: {a: {new: lenet300}}\ngrid: 7",
            })
    void namesAndSettingsThatMakeNoSenseAreRefused(String text) {
        assertThatThrownBy(() -> study(text)).isInstanceOf(BadInputException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 4, 12, 70})
    void aGridThatIsTooLargeIsRefusedByItsCount(int axes) {
        var values = IntStream.range(0, 1000).mapToObj(Integer::toString).collect(Collectors.joining(", "));
        var text = new StringBuilder("models: {a: {new: lenet300}}\ngrid:\n");
        for (int i = 0; i < axes; i++) {
            text.append("  axis%d: {%s}\n".formatted(i, values.replaceAll("(\\d+)", "c$1: {seed: $1}")));
        }
        Assertions.assertTimeout(
                Duration.ofSeconds(20),
                () -> assertThatThrownBy(() -> study(text.toString()))
                        .isInstanceOf(BadInputException.class)
                        .hasMessageContaining(
                                axes == 2 ? "1,000,000 cells" : axes == 4 ? "1,000,000,000,000 cells" : ""));
    }
}
