package dev.coppice.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.LIST;

import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.pipeline.data.sample.SampleModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuickstartCommandTest {

    @TempDir
    private Path folder;

    @Test
    void everyStepIsShownWithItsCommandAndEndsWithAReceipt() throws IOException {
        var directory = Files.createDirectory(folder.resolve("first steps"));
        var own = Files.writeString(directory.resolve("mine.txt"), "mine");
        var text = Cli.run("quickstart", "--dir", directory).ended(0).out();
        assertThat(text)
                .contains("$ coppice inspect '", "$ coppice prune", "$ coppice evaluate", "$ coppice benchmark")
                .contains("Zeros alone buy no speed", "non-zeros", "report.html");
        assertThat(directory.resolve("report.html")).content().contains("<svg", "top1 against sparsity");
        assertThat(directory.resolve("run/plan.json")).exists();
        assertThat(own).hasContent("mine");
    }

    @Test
    void theChosenModelLosesAtMostAPointAndRepeats() {
        var document = Cli.run("quickstart", "--dir", folder, "--json").ended(0).json();
        var chosen = document.get("chosen");
        double dense = top1((Map<?, ?>) document.get("dense"));
        assertThat(dense).isGreaterThan(0.97);
        assertThat(document.get("fine-tuned"))
                .asInstanceOf(LIST)
                .filteredOn(model -> ((Map<?, ?>) model).get("model").equals(chosen))
                .singleElement()
                .satisfies(model -> assertThat(top1((Map<?, ?>) model)).isGreaterThanOrEqualTo(dense - 0.01));
        var bytes = Cli.bytes(Path.of(chosen.toString()));
        Cli.run("quickstart", "--dir", folder, "--json").ended(0);
        assertThat(Cli.bytes(Path.of(chosen.toString()))).isEqualTo(bytes);
    }

    private static double top1(Map<?, ?> model) {
        return ((Number) model.get("top1")).doubleValue();
    }

    @Test
    void aFileInThePlaceOfTheDirectoryIsRefused() throws IOException {
        var file = Files.createFile(folder.resolve("file"));
        assertThat(Cli.run("quickstart", "--dir", file).ended(2).err()).contains("--dir");
    }

    @Test
    void evaluateAndBenchmarkMeasureTheSampleModel() {
        var model = folder.resolve("digits.onnx");
        OnnxWriter.write(SampleModel.read(), model);
        assertThat(model).hasBinaryContent(SampleModel.bytes());
        var quality = Cli.run("evaluate", model, "--data", "digits", "--json")
                .ended(0)
                .json();
        assertThat(quality.get("samples")).isEqualTo(359L);
        assertThat(top1(quality)).isGreaterThan(0.97);
        var closeness = Cli.run("evaluate", model, "--data", "digits", "--reference", model, "--json")
                .ended(0)
                .json();
        assertThat(((Number) closeness.get("cosine")).doubleValue()).isGreaterThan(0.9999);
        var timing = Cli.run("benchmark", model, model, "--rounds", "3", "--shape", "pixels=4x64", "--json")
                .ended(0)
                .json();
        assertThat(timing.get("models")).asInstanceOf(LIST).hasSize(2);
        assertThat(timing.get("rounds")).isEqualTo(3L);
    }
}
