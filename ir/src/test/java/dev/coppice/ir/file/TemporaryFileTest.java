package dev.coppice.ir.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TemporaryFileTest {

    @TempDir
    private Path folder;

    @Test
    void aTextAppearsUnderItsNameAlone() throws IOException {
        TemporaryFile.write(folder.resolve("page.html"), "now");
        TemporaryFile.write(folder.resolve("page.html"), "then");
        assertThat(files()).containsExactly("page.html");
        assertThat(folder.resolve("page.html")).content().isEqualTo("then");
    }

    @Test
    void whatIsNotPublishedGoes() throws IOException {
        try (var file = TemporaryFile.in(folder)) {
            assertThat(files()).containsExactly(file.path().getFileName().toString());
        }
        assertThat(files()).isEmpty();
    }

    @Test
    void namesTellNothing() throws IOException {
        try (var one = TemporaryFile.in(folder);
                var other = TemporaryFile.in(folder)) {
            assertThat(one.path()).isNotEqualTo(other.path());
            assertThat(one.path().getFileName().toString()).matches("\\.coppice-[0-9a-f]{32}\\.tmp");
        }
    }

    @Test
    void anotherWriterOfThisProcessIsLeftAlone() throws IOException {
        try (var one = TemporaryFile.in(folder);
                var _ = TemporaryFile.in(folder)) {
            Litter.remove(folder);
            assertThat(one.path()).exists();
        }
    }

    @Test
    void aWriterOfAnotherProcessIsLeftAloneUntilItIsKilled() throws Exception {
        var process = writer();
        try (var lines = process.inputReader()) {
            var file = Path.of(lines.readLine());
            Litter.remove(folder);
            assertThat(file).exists();
            process.destroyForcibly().waitFor();
            assertThat(file).exists();
            Litter.removeBelow(folder.getParent());
            assertThat(file).doesNotExist();
        }
    }

    @Test
    void filesOfOtherNamesAndLinksAreNoLitter() throws IOException {
        var target = Files.writeString(folder.resolve("precious"), "x");
        Files.writeString(folder.resolve(".coppice-notes.tmp"), "x");
        Files.createSymbolicLink(folder.resolve(".coppice-" + "0".repeat(32) + ".tmp"), target);
        Litter.remove(folder);
        assertThat(files())
                .containsExactlyInAnyOrder("precious", ".coppice-notes.tmp", ".coppice-" + "0".repeat(32) + ".tmp");
    }

    @Test
    void aMissingFolderIsAnError() {
        assertThatThrownBy(() -> TemporaryFile.write(folder.resolve("absent/page.html"), "x"))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("cannot write");
    }

    private Process writer() throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path")
                                .replace(File.pathSeparator + File.pathSeparator, File.pathSeparator),
                        Writer.class.getName(),
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** Says where it writes, and never comes to an end. */
    static final class Writer {

        private Writer() {}

        @SuppressWarnings("resource")
        public static void main(String[] args) throws Exception {
            System.out.println(TemporaryFile.in(Path.of(args[0])).path());
            Thread.sleep(Long.MAX_VALUE);
        }
    }

    private List<String> files() throws IOException {
        try (var files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
