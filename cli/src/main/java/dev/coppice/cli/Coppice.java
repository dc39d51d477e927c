package dev.coppice.cli;

import java.util.LinkedHashMap;
import java.util.Map;
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
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Examples:",
            "  coppice quickstart",
            "  coppice inspect model.onnx",
            "  coppice prune model.onnx -o pruned.onnx --sparsity 0.5",
            "  coppice prune model.onnx -o pruned.onnx --granularity 2:4 --keep '*classifier*'",
            "  coppice new lenet5 -o lenet5.onnx",
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
    private static final Map<String, Class<?>> COMMANDS = commands();

    @Spec
    private CommandSpec spec;

    private Coppice() {}

    private static Map<String, Class<?>> commands() {
        var commands = new LinkedHashMap<String, Class<?>>();
        commands.put("quickstart", QuickstartCommand.class);
        commands.put("inspect", InspectCommand.class);
        commands.put("prune", PruneCommand.class);
        commands.put("run", RunCommand.class);
        commands.put("evaluate", EvaluateCommand.class);
        commands.put("benchmark", BenchmarkCommand.class);
        commands.put("new", NewCommand.class);
        commands.put("generate-completion", GenerateCompletion.class);
        return commands;
    }

    /**
     * Returns the command line for some arguments. Where the first one names a command, only that command is there: picocli takes
     * a tenth of a second of a cold JVM to look at all of them.
     */
    static CommandLine commandLine(String... arguments) {
        var failures = new Failures();
        var line = new CommandLine(new Coppice());
        var only = arguments.length == 0 ? null : COMMANDS.get(arguments[0]);
        if (only == null || only == GenerateCompletion.class) {
            COMMANDS.forEach(line::addSubcommand);
        } else {
            line.addSubcommand(arguments[0], only);
        }
        return line.setExecutionExceptionHandler(failures)
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
