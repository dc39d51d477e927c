package dev.coppice.pipeline.measure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class TemporaryFolderTest {

    private static final String PREFIX = "coppice-test-folder-";

    @Test
    void closingDeletesWhatIsInIt() throws IOException {
        Path file;
        try (var folder = TemporaryFolder.make(PREFIX)) {
            file = Files.writeString(folder.file("model.onnx"), "x");
        }
        assertThat(file.getParent()).doesNotExist();
    }

    @Test
    void aFolderInUseIsLeftAlone() throws IOException {
        try (var folder = TemporaryFolder.make(PREFIX)) {
            var file = Files.writeString(folder.file("model.onnx"), "x");
            TemporaryFolder.make(PREFIX).close();
            assertThat(file).exists();
        }
    }

    @Test
    void theFolderOfAKilledProcessGoesWithTheNextOne() throws Exception {
        var process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path")
                                .replace(File.pathSeparator + File.pathSeparator, File.pathSeparator),
                        Holder.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (var lines = process.inputReader()) {
            var file = Path.of(lines.readLine());
            TemporaryFolder.make(PREFIX).close();
            assertThat(file).exists();
            process.destroyForcibly().waitFor();
            TemporaryFolder.make(PREFIX).close();
            assertThat(file.getParent()).doesNotExist();
        }
    }

    /** Says where its folder is, and never comes to an end. */
    static final class Holder {

        private Holder() {}

        public static void main(String[] args) throws Exception {
            var file = Files.writeString(TemporaryFolder.make(PREFIX).file("model.onnx"), "x");
            System.out.println(file);
            Thread.sleep(Long.MAX_VALUE);
        }
    }
}
