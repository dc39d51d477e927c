package dev.coppice.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code coppice quickstart}: shows what Coppice does, on a model and data that come with it. */
@Command(
        name = "quickstart",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Shows in seconds what Coppice does, on a small model and real data that come with it: inspect, prune at several",
            "sparsities, evaluate, benchmark, receipt. Prints the command behind each step. Needs no network."
        },
        footer = {
            "",
            "Writes into DIR only, and overwrites there only what an earlier quickstart wrote.",
            "",
            "Examples:",
            "  coppice quickstart",
            "  coppice quickstart --dir /tmp/first-steps",
            "  coppice quickstart --json"
        })
final class QuickstartCommand implements Callable<Integer> {

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            defaultValue = "coppice-quickstart",
            description = "Where to write; default ./coppice-quickstart.")
    private Path directory;

    @Mixin
    private Console console;

    @Override
    public Integer call() {
        var result = new Quickstart(directory, console).run();
        console.print(() -> QuickstartText.closing(result), result::describe);
        return result.receipt().reached() ? ExitCode.DONE : ExitCode.NOT_REACHED;
    }
}
