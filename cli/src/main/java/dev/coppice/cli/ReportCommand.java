package dev.coppice.cli;

import dev.coppice.pipeline.study.RunReport;
import java.nio.file.Path;
import java.util.Map;

/** {@code coppice report}: writes the page of a run directory. */
final class ReportCommand extends CliCommand {

    private final Argument<Path> directory;

    ReportCommand() {
        super("report", "Writes the HTML report of a run directory (of prune, train, sensitivity or study) anew.");
        directory = parameter("RUNDIR", Path.class, "The directory that --run named.");
        footer(
                "",
                "Of a study that is not finished, it shows the cells that are.",
                "",
                "Example:",
                "  coppice report runs/a");
    }

    @Override
    public Integer call() {
        var page = RunReport.write(directory.value());
        console.print(() -> "report: %s%n".formatted(page), () -> Map.of("report", page.toString()));
        return ExitCode.DONE;
    }
}
