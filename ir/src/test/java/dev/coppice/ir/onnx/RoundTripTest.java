package dev.coppice.ir.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.testing.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RoundTripTest {

    /**
     * What an encoding from scratch may add: type codes that the input left out, and integers in {@code raw_data} that the input
     * had as varints in {@code int64_data}. Elements that nobody touched are copied instead and add nothing.
     */
    private static final double GROWTH = 0.001;

    private static final int FEW_BYTES = 32;

    @TempDir
    private Path folder;

    @Test
    void everyConformanceModelIsWrittenByteForByte() throws IOException {
        var models = files(TestData.data("onnx-testdata"), ".onnx");
        assertThat(models).hasSizeGreaterThan(1000);
        assertThat(changedByWriting(models)).isEmpty();
    }

    @Test
    void everyConformanceModelIsTheSameAfterEncodingAllOfItAnew() throws IOException {
        assertThat(changedByEncoding(files(TestData.data("onnx-testdata"), ".onnx")))
                .isEmpty();
    }

    @Test
    void ppOcrModelsSurvive() throws IOException {
        var models = files(TestData.data("ppocr"), ".onnx");
        assertThat(models).hasSizeGreaterThanOrEqualTo(5);
        assertThat(changedByWriting(models)).isEmpty();
        assertThat(changedByEncoding(models)).isEmpty();
    }

    @Test
    void miniLmSurvives() throws IOException {
        var models = List.of(TestData.data("minilm/model.onnx"));
        assertThat(changedByWriting(models)).isEmpty();
        assertThat(changedByEncoding(models)).isEmpty();
    }

    @Test
    void sharedModelsSurvive() throws IOException {
        var models = files(TestData.shared("models"), ".onnx");
        assertThat(models).hasSizeGreaterThanOrEqualTo(7);
        assertThat(changedByWriting(models)).isEmpty();
        assertThat(changedByEncoding(models)).isEmpty();
    }

    @Test
    void everyConformanceTensorIsTheSameAfterEncodingItAnew() throws IOException {
        var tensors = ConformanceTensors.all();
        assertThat(tensors).hasSizeGreaterThan(2000);
        var changed = new ArrayList<String>();
        for (var file : tensors) {
            var tensor = OnnxReader.readTensor(file);
            for (var difference : Differences.between(tensor, Encoded.tensor(Encoded.bytes(tensor)))) {
                changed.add(file + ": " + difference);
            }
        }
        assertThat(changed).isEmpty();
    }

    private List<String> changedByWriting(List<Path> models) throws IOException {
        var changed = new ArrayList<String>();
        for (var file : models) {
            var copy = folder.resolve("copy.onnx");
            OnnxWriter.write(OnnxReader.read(file), copy);
            long at = Files.mismatch(file, copy);
            if (at >= 0) {
                changed.add(file + " at byte " + at);
            }
        }
        return changed;
    }

    private List<String> changedByEncoding(List<Path> models) throws IOException {
        var changed = new ArrayList<String>();
        for (var file : models) {
            var model = OnnxReader.read(file);
            var copy = folder.resolve("copy.onnx");
            OnnxWriter.write(Encoded.forgetful(model), copy);
            long growth = Files.size(copy) - Files.size(file);
            if (growth > FEW_BYTES + GROWTH * Files.size(file)) {
                changed.add(file + " grew by " + growth + " bytes");
            }
            for (var difference : Differences.between(model, OnnxReader.read(copy))) {
                changed.add(file + ": " + difference);
            }
        }
        return changed;
    }

    private static List<Path> files(Path folder, String suffix) throws IOException {
        try (var tree = Files.walk(folder)) {
            return tree.filter(file -> file.toString().endsWith(suffix))
                    .sorted()
                    .toList();
        }
    }
}
