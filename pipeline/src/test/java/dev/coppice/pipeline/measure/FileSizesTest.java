package dev.coppice.pipeline.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.host.Parallel;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.ir.testing.Dsl;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileSizesTest {

    @TempDir
    private Path folder;

    private Path model(String constant) {
        var file = folder.resolve("model.onnx");
        OnnxWriter.write(Dsl.model("""
            input x float[1500,1000]
            const w float[1500,1000] %s
            y = Add(x, w)
            output y float[1500,1000]
            """.formatted(constant)), file);
        return file;
    }

    @Test
    void bytesAreThoseOfTheFile() throws IOException {
        var file = model("seed 1");
        assertThat(FileSizes.bytes(file)).isEqualTo(Files.size(file)).isGreaterThan(6_000_000);
        assertThat(FileSizes.files(file)).containsExactly(file);
    }

    @Test
    void gzipInMembersIsAsSmallAsGzipInOnePiece() throws IOException {
        var file = model("seed 1");
        var whole = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(whole)) {
            gzip.write(Files.readAllBytes(file));
        }
        assertThat((double) FileSizes.gzipBytes(file, Parallel.ONE))
                .isCloseTo(whole.size(), within(whole.size() * .002));
    }

    @Test
    void threadsDoNotChangeTheSizeNorTheCounts() {
        var file = model("seed 1");
        assertThat(FileSizes.gzipBytes(file, new Parallel(3))).isEqualTo(FileSizes.gzipBytes(file, Parallel.ONE));
        var model = OnnxReader.read(file);
        assertThat(new WeightCounts(new Parallel(3)).of(model)).isEqualTo(new WeightCounts(Parallel.ONE).of(model));
    }

    @Test
    void equalValuesShrinkToAlmostNothing() {
        assertThat(FileSizes.gzipBytes(model("fill 0.5"), Parallel.ONE)).isLessThan(30_000);
    }

    @Test
    void whatIsNoModelIsRefused() throws IOException {
        var text = Files.writeString(folder.resolve("text.onnx"), "no model");
        assertThatThrownBy(() -> FileSizes.bytes(text)).isInstanceOf(BadModelException.class);
    }
}
