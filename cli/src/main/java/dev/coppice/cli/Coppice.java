package dev.coppice.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** The command {@code coppice} itself: it only holds the others. */
final class Coppice implements Runnable {

    private static final Map<String, Supplier<CliCommand>> COMMANDS = commands();

    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);

    private Coppice() {}

    private static Map<String, Supplier<CliCommand>> commands() {
        var commands = new LinkedHashMap<String, Supplier<CliCommand>>();
        commands.put("quickstart", QuickstartCommand::new);
        commands.put("inspect", InspectCommand::new);
        commands.put("prune", PruneCommand::new);
        commands.put("compress", CompressCommand::new);
        commands.put("run", RunCommand::new);
        commands.put("evaluate", EvaluateCommand::new);
        commands.put("benchmark", BenchmarkCommand::new);
        commands.put("sensitivity", SensitivityCommand::new);
        commands.put("study", StudyCommand::new);
        commands.put("report", ReportCommand::new);
        commands.put("new", NewCommand::new);
        commands.put("train", TrainCommand::new);
        commands.put("resume", ResumeCommand::new);
        commands.put("recipe-schema", RecipeSchemaCommand::new);
        return commands;
    }

    /** Returns the command line for some arguments. Where the first one names a command, only that command is there. */
    static CommandLine commandLine(String... arguments) {
        var failures = new Failures();
        var line = new CommandLine(new Coppice().describe());
        var only = arguments.length == 0 ? null : COMMANDS.get(arguments[0]);
        if (only == null) {
            COMMANDS.forEach(
                    (name, command) -> line.addSubcommand(name, command.get().spec()));
            line.addSubcommand("help", CommandLine.HelpCommand.class);
            line.addSubcommand("generate-completion", GenerateCompletion.class);
        } else {
            line.addSubcommand(arguments[0], only.get().spec());
        }
        return line.setOut(PrintableWriter.of(System.out))
                .setErr(PrintableWriter.of(System.err))
                .setExecutionStrategy(failures::run)
                .setExecutionExceptionHandler(failures)
                .setParameterExceptionHandler(failures)
                .setCaseInsensitiveEnumValuesAllowed(true);
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Missing command");
    }

    private CommandSpec describe() {
        spec.name("coppice").versionProvider(() -> new String[] {Version.line()});
        CliCommand.addHelp(spec);
        spec.usageMessage()
                .description(
                        "Prunes neural networks given as ONNX, and proves with a receipt what that gained and cost.")
                .synopsisSubcommandLabel("COMMAND")
                .exitCodeListHeading("%nExit codes:%n")
                .exitCodeList(exitCodes())
                .footer(
                        "",
                        "Examples:",
                        "  coppice quickstart",
                        "  coppice inspect model.onnx",
                        "  coppice prune model.onnx -o pruned.onnx --sparsity 0.5",
                        "  coppice prune model.onnx -o pruned.onnx --granularity 2:4 --keep '*classifier*'",
                        "  coppice prune model.onnx -o pruned.onnx --sparsity 0.9 --data SPEC --fine-tune 5",
                        "  coppice compress model.onnx -o int8.onnx --int8 dynamic",
                        "  coppice new lenet5 -o lenet5.onnx",
                        "  coppice train lenet5.onnx -o trained.onnx --data SPEC --epochs 10",
                        "  source <(coppice generate-completion)     # completion for bash and zsh",
                        "",
                        "'coppice COMMAND --help' explains each command.");
        return spec;
    }

    private static Map<String, String> exitCodes() {
        var codes = new LinkedHashMap<String, String>();
        codes.put("0", "done");
        codes.put("1", "internal error");
        codes.put("2", "usage: an option is unknown, missing or contradicts another");
        codes.put("3", "bad input: model, data or recipe; no output is left behind");
        codes.put("4", "target not reached; the model is still written and the receipt says what blocked the rest");
        codes.put("130", "stopped by Ctrl-C (SIGTERM: 143); the hint says whether it can go on");
        return codes;
    }
}
