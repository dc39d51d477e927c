package dev.coppice.cli;

import dev.coppice.pipeline.inspect.Inspection;
import dev.coppice.pipeline.inspect.InspectionReport;
import java.nio.file.Path;
import java.util.List;

/** {@code coppice inspect}: shows what a model consists of, and what can be pruned. */
final class InspectCommand extends CliCommand {

    private final Argument<Path> model;
    private final Argument<List<String>> shapes;

    InspectCommand() {
        super("inspect", "Shows inputs, outputs, weights, sizes, MACs and sparsity, and what blocks pruning where.");
        model = parameter("MODEL", Path.class, "The ONNX model.");
        shapes = repeatable("--shape", "NAME=SIZES", "Input shape to count at, as x=1x3x224x224; repeatable.");
        footer(
                "",
                "Examples:",
                "  coppice inspect model.onnx",
                "  coppice inspect model.onnx --json",
                "  coppice inspect speech.onnx --shape frames=1x80x300");
    }

    @Override
    public Integer call() {
        var inspection = Inspection.of(model.value(), sizes(shapes));
        console.print(() -> InspectionReport.text(inspection), () -> InspectionReport.describe(inspection));
        return ExitCode.DONE;
    }
}
