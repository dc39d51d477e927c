package dev.coppice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.pipeline.data.sample.SampleModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SensitivityCommandTest {

    @TempDir
    private Path folder;

    private Path model;

    @BeforeEach
    void writeModel() {
        model = folder.resolve("dense.onnx");
        OnnxWriter.write(SampleModel.read(), model);
    }

    @Test
    void jsonHasACurveForEveryLayer() {
        var json = Cli.run(
                        "sensitivity", model, "--data", "digits", "--limit", "32", "--sparsities", "0.5,0.8", "--json")
                .ended(ExitCode.DONE)
                .json();
        assertThat(json.get("layers"))
                .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.LIST)
                .hasSize(3);
        var first = (Map<?, ?>) ((List<?>) json.get("layers")).getFirst();
        assertThat((List<?>) first.get("curve"))
                .extracting(point -> ((Map<?, ?>) point).get("asked"))
                .isEqualTo(List.of(0.5, 0.8));
    }

    @Test
    void theReportIsWhereTheLastLineSays() {
        var page = folder.resolve("page.html");
        var outcome = Cli.run(
                        "sensitivity",
                        model,
                        "--data",
                        "digits",
                        "--limit",
                        "32",
                        "--sparsities",
                        "0.5",
                        "--report",
                        page)
                .ended(ExitCode.DONE);
        assertThat(outcome.out()).endsWith("report: " + page + System.lineSeparator());
        assertThat(page).content().contains("<svg", "fc1.weight");
        assertThat(Files.exists(folder.resolve("run"))).isFalse();
    }

    @Test
    void aSparsityOfOneIsRefused() {
        Cli.run("sensitivity", model, "--data", "digits", "--sparsities", "0.5,1")
                .ended(ExitCode.USAGE);
    }
}
