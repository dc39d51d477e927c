package dev.coppice.cli;

import dev.coppice.ir.CoppiceException;
import dev.coppice.pipeline.recover.StoppedException;
import dev.coppice.pipeline.report.Json;
import java.io.UncheckedIOException;
import java.nio.file.InvalidPathException;
import java.util.LinkedHashMap;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns failures into one clear message, with what to do next, and an exit code. Only a bug shows a stack trace. */
final class Failures implements IExecutionExceptionHandler, IParameterExceptionHandler {

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
                report(command, json, message(io), "check the disk and the permissions", ExitCode.INTERNAL);
            default -> {
                int code = report(command, json, "internal error: " + failure, "please report this", ExitCode.INTERNAL);
                failure.printStackTrace(command.getErr());
                yield code;
            }
        };
    }

    @Override
    public int handleParseException(ParameterException failure, String[] arguments) {
        var command = failure.getCommandLine();
        boolean json = List.of(arguments).contains("--json");
        var hint = "see '" + command.getCommandSpec().qualifiedName() + " --help'";
        if (failure instanceof UnmatchedArgumentException unmatched
                && !unmatched.getSuggestions().isEmpty()) {
            hint = "did you mean " + String.join(" or ", unmatched.getSuggestions()) + "? " + hint;
        }
        return report(command, json, message(failure), hint, ExitCode.USAGE);
    }

    private static String message(Exception failure) {
        var message = failure.getMessage();
        return message == null ? failure.toString() : message;
    }

    private static int report(CommandLine command, boolean json, String message, String hint, int code) {
        command.getErr().println("coppice: " + message);
        if (!hint.isEmpty()) {
            command.getErr().println("  hint: " + hint);
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
