package dev.coppice.pipeline.data.text;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A JVM for native code that must not take this one down: bounded in memory and in the time for one answer, deaf to Ctrl-C. */
final class NativeWorker implements AutoCloseable {

    /** 4 GiB of addresses. Ctrl-C reaches all processes of a terminal, and this one is still needed until the work is put away. */
    private static final List<String> SHELL =
            List.of("/bin/sh", "-c", "trap '' INT; ulimit -v 4194304; exec \"$0\" \"$@\"");

    private static final String OPTIONS =
            "-Xmx1g -Xss8m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=32m"
                    + " -XX:CompressedClassSpaceSize=64m -XX:-UsePerfData -XX:-CreateCoredumpOnCrash"
                    + " -XX:+SuppressFatalErrorMessage -Xlog:disable -Xlog:all=error:stderr"
                    + " --enable-native-access=ALL-UNNAMED";

    private static final int ERROR_BYTES = 1 << 13;

    private final Process process;
    private final Duration patience;
    private final Thread errors;
    private volatile String said = "";
    private volatile long busySince = Long.MAX_VALUE;
    private volatile boolean late;

    private NativeWorker(Process process, Duration patience) {
        this.process = process;
        this.patience = patience;
        errors = Thread.ofVirtual().start(this::listen);
        Thread.ofVirtual().start(this::watch);
    }

    /**
     * Starts a JVM with this one's class path.
     *
     * @param patience the longest that one answer may take
     * @throws UncheckedIOException when none can be started
     */
    static NativeWorker start(Class<?> main, Duration patience) {
        var command = new ArrayList<String>();
        if (File.separatorChar == '/') {
            command.addAll(SHELL);
        }
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(OPTIONS.split(" ")));
        command.add("-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"));
        command.addAll(List.of("-cp", classPath(), main.getName()));
        try {
            return new NativeWorker(new ProcessBuilder(command).start(), patience);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start a JVM for native code: " + e.getMessage(), e);
        }
    }

    /** An empty entry would mean the current folder. */
    private static String classPath() {
        var entries =
                new ArrayList<>(List.of(System.getProperty("java.class.path").split(File.pathSeparator)));
        entries.removeIf(String::isEmpty);
        return String.join(File.pathSeparator, entries);
    }

    OutputStream in() {
        return process.getOutputStream();
    }

    InputStream out() {
        return process.getInputStream();
    }

    /** Says that an answer is waited for. */
    void busy() {
        busySince = System.nanoTime();
    }

    /** Says that the answer is there. */
    void idle() {
        busySince = Long.MAX_VALUE;
    }

    private void watch() {
        try {
            while (!process.waitFor(1, TimeUnit.SECONDS)) {
                long since = busySince;
                if (since != Long.MAX_VALUE && System.nanoTime() - since > patience.toNanos()) {
                    late = true;
                    process.destroyForcibly();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void listen() {
        try (var stream = process.getErrorStream()) {
            said = new String(stream.readNBytes(ERROR_BYTES), StandardCharsets.UTF_8);
            stream.transferTo(OutputStream.nullOutputStream());
        } catch (IOException _) {
            // It ended: what it said till then is lost.
        }
    }

    /** Waits for the end of a process that does not answer any more, and returns how it came. */
    String end() {
        process.destroy();
        try {
            int code = process.waitFor();
            errors.join();
            if (late) {
                return "found no end within " + patience.toSeconds() + " seconds";
            }
            var reason = reason();
            return reason.isEmpty() ? "ended with exit code " + code : "failed: " + reason;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "was interrupted";
        }
    }

    /** Rust says where it panics on one line and why on the next. */
    private String reason() {
        var lines = said.lines().filter(line -> !line.isBlank()).toList();
        for (int i = 0; i + 1 < lines.size(); i++) {
            if (lines.get(i).contains("panicked at")) {
                return lines.get(i + 1).strip();
            }
        }
        return lines.isEmpty() ? "" : lines.getFirst().strip();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
