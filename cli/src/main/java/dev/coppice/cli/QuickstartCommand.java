package dev.coppice.cli;

import java.nio.file.Path;

/** {@code coppice quickstart}: shows what Coppice does, on a model and data that come with it. */
final class QuickstartCommand extends CliCommand {

    private final Argument<Path> directory;

    QuickstartCommand() {
        super(
                "quickstart",
                "Shows in seconds what Coppice does, on a small model and real data that come with it: inspect, prune at several "
                        + "sparsities, fine-tune, evaluate, benchmark, receipt. Prints the command behind each step. Needs no network.");
        directory = option(
                "--dir", "DIR", Path.class, "coppice-quickstart", "Where to write; default ./coppice-quickstart.");
        footer(
                "",
                "Writes into DIR only, and overwrites there only what an earlier quickstart wrote.",
                "",
                "Examples:",
                "  coppice quickstart",
                "  coppice quickstart --dir /tmp/first-steps",
                "  coppice quickstart --json");
    }

    @Override
    public Integer call() {
        var result = new Quickstart(directory.value(), console).run();
        console.print(() -> QuickstartText.closing(result), result::describe);
        return result.receipt().reached() ? ExitCode.DONE : ExitCode.NOT_REACHED;
    }
}
