package dev.coppice.pipeline.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.ir.testing.Dsl;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RefusalsPointerTest {

    @TempDir
    private Path folder;

    @Test
    void whatIsBlockedPointsOnceToTheTableOfReasons() {
        var file = folder.resolve("m.onnx");
        OnnxWriter.write(Dsl.model("""
            input x float[n,6]
            const a float[6,12] seed 1
            const b float[12,4] seed 2
            h = MatMul(x, a)
            y = MatMul(h, b)
            output y
            """), file);
        assertThat(InspectionReport.text(Inspection.of(file))).containsOnlyOnce("docs/refusals.md");
    }
}
