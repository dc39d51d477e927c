package dev.coppice.ir.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.Model;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.testing.Dsl;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A write that fails leaves the folder as it was. */
class FailedWriteTest {

    private static final Model MODEL = Dsl.model("const w float[100,100] seed 1\noutput w");

    @TempDir
    private Path folder;

    @Test
    void aFolderIsNoTarget() throws IOException {
        assertThatThrownBy(() -> OnnxWriter.write(MODEL, folder))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("is a directory");
        assertThat(left()).isEmpty();
    }

    @Test
    void aDeviceIsNoTarget() {
        assertThatThrownBy(() -> OnnxWriter.write(MODEL, Path.of("/dev/null")))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("not a regular file");
        assertThat(Files.isRegularFile(Path.of("/dev/null"))).isFalse();
    }

    @Test
    void aMissingFolderIsRefused() {
        assertThatThrownBy(() -> OnnxWriter.write(MODEL, folder.resolve("absent/out.onnx")))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("does not exist");
    }

    @Test
    void anUnwritableFolderIsRefused() {
        var unwritable = Path.of("/proc/self");
        Assumptions.assumeTrue(Files.isDirectory(unwritable), "this system has no /proc");
        assertThatThrownBy(() -> OnnxWriter.write(MODEL, unwritable.resolve("out.onnx")))
                .isInstanceOfAny(UsageException.class, UncheckedIOException.class)
                .hasMessageContaining("cannot write");
    }

    @Test
    void aModelCanBeWrittenOverTheFileItWasReadFrom() throws IOException {
        var file = folder.resolve("model.onnx");
        OnnxWriter.write(MODEL, file);
        var read = OnnxReader.read(file);
        OnnxWriter.write(Encoded.forgetful(read), file);
        assertThat(Differences.between(MODEL, OnnxReader.read(file))).isEmpty();
        assertThat(left()).containsExactly("model.onnx");
    }

    private List<String> left() throws IOException {
        try (var files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
