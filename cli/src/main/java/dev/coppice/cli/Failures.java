package dev.coppice.cli;

import dev.coppice.ir.CoppiceException;
import dev.coppice.pipeline.recipe.OptionTable;
import dev.coppice.pipeline.recover.StoppedException;
import dev.coppice.pipeline.report.Json;
import dev.coppice.pipeline.report.Printable;
import java.io.UncheckedIOException;
import java.nio.file.InvalidPathException;
import java.util.LinkedHashMap;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns failures into one clear message, with what to do next, and an exit code. Only a bug shows a stack trace. */
final class Failures implements IExecutionExceptionHandler, IParameterExceptionHandler {

    /** Runs a command; errors of the JVM that tell of a file become failures like others. */
    int run(ParseResult arguments) {
        try {
            return new CommandLine.RunLast().execute(arguments);
        } catch (InternalError e) {
            throw new ExecutionException(arguments.commandSpec().commandLine(), "Error of the JVM: " + e, e);
        }
    }

    @Override
    public int handleExecutionException(Exception failure, CommandLine command, ParseResult arguments) {
        boolean json = arguments.originalArgs().contains("--json");
        return switch (failure) {
            case CoppiceException known -> report(command, json, message(known), known.hint(), ExitCode.of(known));
            case StoppedException stopped ->
                report(command, json, message(stopped), stopped.hint(), ExitCode.INTERRUPTED);
            case InvalidPathException path ->
                report(command, json, "cannot name a file: " + path.getMessage(), Locales.hint(), ExitCode.USAGE);
            case UncheckedIOException io ->
                report(
                        command,
                        json,
                        message(io),
                        "check the disk, its free space and the permissions",
                        ExitCode.BAD_INPUT);
            case Exception lost
            when isOfLostFile(lost) ->
                report(
                        command,
                        json,
                        "an input was cut off while it was in use, or its disk fails",
                        "let nothing write to inputs, and start again",
                        ExitCode.BAD_INPUT);
            default -> {
                int code = report(command, json, "internal error: " + failure, "please report this", ExitCode.INTERNAL);
                failure.printStackTrace(command.getErr());
                yield code;
            }
        };
    }

    /** The JVM throws this where a mapped page is no longer there. */
    private static boolean isOfLostFile(Throwable failure) {
        for (var cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof InternalError
                    && String.valueOf(cause.getMessage()).contains("memory access")) {
                return true;
            }
        }
        return false;
    }

    @Override
    public int handleParseException(ParameterException failure, String[] arguments) {
        var command = failure.getCommandLine();
        boolean json = List.of(arguments).contains("--json");
        var hint = "see '" + command.getCommandSpec().qualifiedName() + " --help'";
        if (failure instanceof UnmatchedArgumentException unmatched) {
            var retired = unmatched.getUnmatched().stream()
                    .flatMap(argument -> OptionTable.retired(argument.replaceAll("^--|=.*$", "")).stream())
                    .findFirst();
            if (retired.isPresent()) {
                hint = retired.get();
            } else if (!unmatched.getSuggestions().isEmpty()) {
                hint = "did you mean " + String.join(" or ", unmatched.getSuggestions()) + "? " + hint;
            }
        }
        return report(command, json, message(failure), hint, ExitCode.USAGE);
    }

    /** Reports what the JVM could not hold: a hostile file asks for that, or one too large for the heap. */
    static int report(CommandLine command, boolean json, VirtualMachineError failure) {
        return failure instanceof StackOverflowError
                ? report(
                        command,
                        json,
                        "what the input holds is nested too deeply",
                        "if it is no damaged file, give the JVM a larger stack (COPPICE_JAVA_OPTS=-Xss16m)",
                        ExitCode.BAD_INPUT)
                : report(
                        command,
                        json,
                        "the input needs more than the %d MB of memory that the JVM may use"
                                .formatted(Runtime.getRuntime().maxMemory() >> 20),
                        "if it is no damaged file, allow more (COPPICE_JAVA_OPTS=-Xmx8g)",
                        ExitCode.BAD_INPUT);
    }

    private static String message(Exception failure) {
        var message = failure.getMessage();
        return message == null ? failure.toString() : message;
    }

    private static int report(CommandLine command, boolean json, String message, String hint, int code) {
        command.getErr().println("coppice: " + Printable.of(message));
        if (!hint.isEmpty()) {
            command.getErr().println("  hint: " + Printable.of(hint));
        }
        command.getErr().flush();
        if (json) {
            var document = new LinkedHashMap<String, Object>();
            document.put("error", message);
            document.put("hint", hint);
            document.put("exit-code", code);
            command.getOut().print(Json.write(document));
            command.getOut().flush();
        }
        return code;
    }
}
