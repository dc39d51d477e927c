package dev.coppice.cli;

import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command {@code coppice} itself: it only holds the others. */
@Command(
        name = "coppice",
        mixinStandardHelpOptions = true,
        versionProvider = Coppice.VersionProvider.class,
        description = "Prunes neural networks given as ONNX, and proves with a receipt what that gained and cost.",
        subcommands = {
            QuickstartCommand.class,
            InspectCommand.class,
            PruneCommand.class,
            RunCommand.class,
            EvaluateCommand.class,
            BenchmarkCommand.class,
            GenerateCompletion.class
        },
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Examples:",
            "  coppice quickstart",
            "  coppice inspect model.onnx",
            "  coppice prune model.onnx -o pruned.onnx --sparsity 0.5",
            "  coppice prune model.onnx -o pruned.onnx --granularity 2:4 --keep '*classifier*'",
            "  source <(coppice generate-completion)     # completion for bash and zsh",
            "",
            "'coppice COMMAND --help' explains each command."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:internal error",
            "2:usage: an option is unknown, missing or contradicts another",
            "3:bad input: model, data or recipe; no output is left behind",
            "4:target not reached; the model is still written and the receipt says what blocked the rest"
        })
final class Coppice implements Runnable {
    @Spec
    private CommandSpec spec;

    private Coppice() {}

    /** Returns the whole command line, ready to be executed or asked for its help. */
    static CommandLine commandLine() {
        var failures = new Failures();
        return new CommandLine(new Coppice())
                .setExecutionExceptionHandler(failures)
                .setParameterExceptionHandler(failures)
                .setCaseInsensitiveEnumValuesAllowed(true);
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Missing command");
    }

    /** Answers {@code --version} beside other arguments; {@link Main} answers it alone. */
    static final class VersionProvider implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {Version.line()};
        }
    }
}
