package dev.coppice.cli;

import dev.coppice.pipeline.Inspection;
import dev.coppice.pipeline.InspectionReport;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code coppice inspect}: shows what a model consists of, and what can be pruned. */
@Command(
        name = "inspect",
        mixinStandardHelpOptions = true,
        description = "Shows inputs, outputs, weights, sizes, MACs and sparsity, and what blocks pruning where.",
        footer = {"", "Examples:", "  coppice inspect model.onnx", "  coppice inspect model.onnx --json"})
final class InspectCommand implements Callable<Integer> {

    @Parameters(paramLabel = "MODEL", description = "The ONNX model.")
    private Path model;

    @Mixin
    private Console console;

    @Override
    public Integer call() {
        var inspection = Inspection.of(model);
        console.print(() -> InspectionReport.text(inspection), () -> InspectionReport.describe(inspection));
        return ExitCode.DONE;
    }
}
