package dev.coppice.ir.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.testing.Dsl;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BadFileTest {

    @TempDir
    private Path folder;

    @Test
    void aMissingFileIsRefused() {
        var file = folder.resolve("absent.onnx");
        assertThat(Refused.reading(file)).hasMessage(file + " does not exist");
    }

    @Test
    void aDirectoryIsRefused() {
        assertThat(Refused.reading(folder)).hasMessage(folder + " is a directory");
    }

    @Test
    void anEmptyFileIsRefused() throws IOException {
        assertThat(refused(new byte[0])).hasMessageEndingWith("bad.onnx: the file is empty");
    }

    @Test
    void aTextFileIsRecognised() throws IOException {
        var refused =
                refused("version https://git-lfs.github.com/spec/v1\noid sha256:0\n".getBytes(StandardCharsets.UTF_8));
        assertThat(refused).hasMessageContaining("byte ");
        assertThat(refused.hint()).contains("text file");
    }

    @Test
    void aDeviceIsRefused() {
        assertThat(Refused.reading(Path.of("/dev/null"))).hasMessageContaining("not a regular file");
    }

    @Test
    void aModelIsNoTensor() throws IOException {
        var file = Files.write(folder.resolve("tensor.pb"), model());
        assertThat(Refused.by(() -> OnnxReader.readTensor(file))).hasMessageStartingWith(file + ": byte ");
    }

    @Test
    void everyTruncationIsRefused() {
        byte[] whole = model();
        for (int length = 1; length < whole.length; length++) {
            var refused = Refused.reading(Arrays.copyOf(whole, length));
            assertThat(refused.getMessage()).as("cut at %d", length).matches("(byte \\d+|the graph output).*");
        }
    }

    @Test
    void aCutInsideATensorNamesTheField() {
        byte[] whole = model();
        assertThat(Refused.reading(Arrays.copyOf(whole, whole.length - 100)).getMessage())
                .matches("byte \\d+: a field claims \\d+ bytes where \\d+ are left");
    }

    @Test
    void garbageIsRefused() {
        for (int seed = 0; seed < 5_000; seed++) {
            var random = new Random(seed);
            byte[] garbage = new byte[1 + random.nextInt(200)];
            random.nextBytes(garbage);
            assertThat(Refused.reading(garbage).getMessage())
                    .as("seed %d", seed)
                    .matches("(?s)byte \\d+.*");
        }
    }

    private BadModelException refused(byte[] content) throws IOException {
        return Refused.reading(Files.write(folder.resolve("bad.onnx"), content));
    }

    private static byte[] model() {
        return Encoded.bytes(Dsl.model("""
                input x float[1,3,8,8]
                const w float[4,3,3,3] seed 1
                c = Conv(x, w) pads=[1,1,1,1] name="conv1"
                k = Constant() value=float[2]{1,2}
                y = Relu(c)
                output y float[1,4,8,8]
                """));
    }
}
