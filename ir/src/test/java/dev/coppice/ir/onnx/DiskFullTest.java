package dev.coppice.ir.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.testing.Dsl;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the disk has no room, nothing half written is left and what was there stays; a limit on the size of files stands for the disk. */
class DiskFullTest {

    private static final int REFUSED = 7;

    @TempDir
    private Path folder;

    @Test
    void aModelThatDoesNotFitLeavesNothingBehind() throws Exception {
        assertThat(write("small")).isZero();
        var earlier = Files.readAllBytes(folder.resolve("out.onnx"));
        assertThat(write("large")).isEqualTo(REFUSED);
        assertThat(folder.resolve("out.onnx")).hasBinaryContent(earlier);
        assertThat(folder.toFile().list()).containsExactly("out.onnx");
    }

    /** Writes in a JVM that may not make files of more than 100 kB. */
    private int write(String what) throws IOException, InterruptedException {
        Assumptions.assumeTrue(Files.exists(Path.of("/bin/bash")), "no bash here");
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var path = System.getProperty("java.class.path")
                .replace(File.pathSeparator + File.pathSeparator, File.pathSeparator);
        return new ProcessBuilder(
                        "/bin/bash",
                        "-c",
                        "trap '' XFSZ; ulimit -f 100; exec \"$@\"",
                        "bash",
                        java,
                        "-XX:-UsePerfData",
                        "-cp",
                        path,
                        Writer.class.getName(),
                        folder.resolve("out.onnx").toString(),
                        what)
                .inheritIO()
                .start()
                .waitFor();
    }

    /** Writes a model of 4 kB or 400 kB. */
    static final class Writer {

        private Writer() {}

        public static void main(String[] args) {
            int rows = args[1].equals("small") ? 10 : 1000;
            try {
                OnnxWriter.write(Dsl.model("const w float[%d,100] seed 1\noutput w".formatted(rows)), Path.of(args[0]));
            } catch (UncheckedIOException e) {
                System.exit(REFUSED);
            }
        }
    }
}
