package dev.coppice.cli;

import java.util.List;

/** Starts the command line. It knows picocli by {@link Coppice} only, so that {@code --version} is answered without it. */
public final class Main {
    private Main() {}

    /** Runs {@code args} and ends the JVM with the exit code. */
    public static void main(String[] args) {
        if (args.length == 1 && args[0].equals("--version")) {
            System.out.println(Version.line());
            return;
        }
        if (Locales.damaged(args)) {
            System.err.println("coppice: the arguments hold characters that the locale does not know");
            System.err.println("  hint: " + Locales.hint());
            System.exit(ExitCode.USAGE);
        }
        Interruption.enable();
        int code = run(args);
        Interruption.workIsOver();
        if (System.out.checkError()) {
            System.err.println("coppice: what was to be printed could not be written: stdout is closed or full");
            code = code == ExitCode.DONE ? ExitCode.BAD_INPUT : code;
        }
        System.exit(code);
    }

    /** Runs {@code args} in this JVM and returns the exit code. */
    public static int run(String... args) {
        var line = Coppice.commandLine(args);
        try {
            return line.execute(args);
        } catch (StackOverflowError | OutOfMemoryError e) {
            return Failures.report(line, List.of(args).contains("--json"), e);
        }
    }
}
