package dev.coppice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.onnx.OnnxWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RehearsalTest {

    @TempDir
    private Path folder;

    /** Otherwise the start of the cost account would not be recorded. */
    @Test
    void theReceiptOfTheRehearsedModelIsComplete() {
        var model = folder.resolve("m.onnx");
        OnnxWriter.write(RehearsalModel.make(), model);
        var out = Cli.run("prune", model, "-o", folder.resolve("p.onnx"), "--sparsity", 0.5)
                .ended(0)
                .out();
        assertThat(out).contains("macs-effective", "peak-activation-bytes").doesNotContain("not counted");
    }
}
