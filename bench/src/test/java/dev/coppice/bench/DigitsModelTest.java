package dev.coppice.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.pipeline.data.sample.SampleModel;
import dev.coppice.pipeline.data.spec.DataOptions.Split;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DigitsModelTest {

    @TempDir
    private Path folder;

    @Test
    void trainingAgainGivesTheBytesOfTheEmbeddedModel() {
        var net = DigitsModel.train();
        var file = folder.resolve("digits-mlp.onnx");
        OnnxWriter.write(DigitsModel.toModel(net), file);
        assertThat(file).hasBinaryContent(SampleModel.bytes());
        assertThat(DigitsModel.accuracy(net, DigitsModel.read(Split.TEST))).isGreaterThanOrEqualTo(0.97);
    }

    @Test
    void trainingNeverSeesATestRow() {
        assertThat(DigitsModel.read(Split.TRAIN)).hasSize(1438);
        assertThat(DigitsModel.read(Split.TEST)).hasSize(359);
    }
}
