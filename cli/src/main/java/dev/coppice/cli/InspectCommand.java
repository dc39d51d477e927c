package dev.coppice.cli;

import dev.coppice.pipeline.Inspection;
import dev.coppice.pipeline.InspectionReport;
import java.nio.file.Path;

/** {@code coppice inspect}: shows what a model consists of, and what can be pruned. */
final class InspectCommand extends CliCommand {

    private final Argument<Path> model;

    InspectCommand() {
        super("inspect", "Shows inputs, outputs, weights, sizes, MACs and sparsity, and what blocks pruning where.");
        model = parameter("MODEL", Path.class, "The ONNX model.");
        footer("", "Examples:", "  coppice inspect model.onnx", "  coppice inspect model.onnx --json");
    }

    @Override
    public Integer call() {
        var inspection = Inspection.of(model.value());
        console.print(() -> InspectionReport.text(inspection), () -> InspectionReport.describe(inspection));
        return ExitCode.DONE;
    }
}
