package dev.coppice.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Runs the command line: {@code coppice COMMAND ...}. */
@Command(
        name = "coppice",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "Prunes neural networks given as ONNX, and proves with a receipt what that gained and cost.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:internal error",
            "2:usage: an option is unknown, missing or contradicts another",
            "3:bad input: model, data or recipe; no output is left behind",
            "4:target not reached; the model is still written and the receipt says what blocked the rest"
        })
public final class Main implements Runnable {
    @Spec
    private CommandSpec spec;

    private Main() {}

    /** Runs {@code args} and ends the JVM with the exit code. */
    public static void main(String[] args) {
        if (args.length == 1 && args[0].equals("--version")) {
            // Answered before picocli is loaded: scripts ask this often.
            System.out.println(Version.line());
            return;
        }
        System.exit(commandLine().execute(args));
    }

    /** Returns the whole command line, ready to be executed or asked for its help. */
    static CommandLine commandLine() {
        return new CommandLine(new Main());
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Missing command");
    }
}
