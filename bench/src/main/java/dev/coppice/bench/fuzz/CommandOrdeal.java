package dev.coppice.bench.fuzz;

import dev.coppice.cli.Main;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Runs commands in this JVM and says what a user must never see: an internal error, or an output of a run that failed. */
final class CommandOrdeal {

    private static final Set<Integer> ALLOWED = Set.of(0, 2, 3, 4);
    private static final Set<Integer> WITH_OUTPUT = Set.of(0, 4);
    private static final int SHOWN = 700;

    private CommandOrdeal() {}

    /**
     * How a command ended.
     *
     * @param failure what is wrong with that; empty when nothing is
     */
    record Ending(int code, Optional<String> failure) {}

    /** Runs a command that writes to {@code output}, which is removed afterwards. */
    static Ending run(List<String> arguments, Path output) {
        var heard = new ByteArrayOutputStream();
        var out = System.out;
        var err = System.err;
        int code;
        try (var stream = new PrintStream(heard, true, StandardCharsets.UTF_8)) {
            System.setOut(stream);
            System.setErr(stream);
            code = Main.run(arguments.toArray(String[]::new));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
        var text = heard.toString(StandardCharsets.UTF_8);
        return new Ending(code, failure(code, text, removed(output)));
    }

    private static Optional<String> failure(int code, String text, boolean left) {
        if (!ALLOWED.contains(code)) {
            return Optional.of("exit code " + code + ": " + beginning(text));
        }
        if (text.contains("of memory that the JVM may use")) {
            return Optional.of("out of memory: " + beginning(text));
        }
        if (left && !WITH_OUTPUT.contains(code)) {
            return Optional.of("an output is left although the exit code is " + code + ": " + beginning(text));
        }
        if (text.chars().anyMatch(c -> Character.isISOControl(c) && c != '\n')) {
            return Optional.of("control characters reach the terminal");
        }
        return Optional.empty();
    }

    private static String beginning(String text) {
        var trace = text.lines()
                .filter(line -> !line.startsWith("\tat java.base") && !line.contains("picocli"))
                .limit(12)
                .toList();
        var joined = String.join(" | ", trace);
        return joined.substring(0, Math.min(SHOWN, joined.length()));
    }

    private static boolean removed(Path output) {
        try {
            return Files.deleteIfExists(output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
