package dev.coppice.pipeline.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.UsageException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunLockTest {

    @TempDir
    private Path folder;

    /** Tries to take the lock of a directory in a JVM of its own. */
    static final class Other {
        private Other() {}

        public static void main(String[] arguments) {
            try (var _ = RunLock.take(Path.of(arguments[0]))) {
                System.out.println("taken");
            } catch (UsageException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    private String other() throws IOException, InterruptedException {
        var process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path")
                                .replace(File.pathSeparator + File.pathSeparator, File.pathSeparator),
                        Other.class.getName(),
                        folder.toString())
                .redirectErrorStream(true)
                .start();
        var text = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return text;
    }

    @Test
    void aSecondTakerOfThisJvmIsRefusedAndLetsNobodyIn() throws IOException, InterruptedException {
        try (var _ = RunDirectory.at(folder).hold()) {
            // Both would let go of a POSIX lock that they have a descriptor of.
            assertThatThrownBy(() -> RunDirectory.at(folder).hold())
                    .isInstanceOf(UsageException.class)
                    .hasMessageContaining("another run is working in");
            Files.createSymbolicLink(folder.resolveSibling(folder.getFileName() + "-link"), folder);
            assertThatThrownBy(() -> RunLock.take(folder.resolveSibling(folder.getFileName() + "-link")))
                    .isInstanceOf(UsageException.class);
            assertThat(other())
                    .contains(
                            "another run", "process " + ProcessHandle.current().pid());
        } finally {
            Files.deleteIfExists(folder.resolveSibling(folder.getFileName() + "-link"));
        }
        assertThat(other()).contains("taken");
    }

    @Test
    void whatADeadProcessLeftDoesNotBlock() throws IOException {
        Files.writeString(folder.resolve(".lock"), "1");
        try (var lock = RunLock.take(folder)) {
            assertThat(lock).isNotNull();
        }
        try (var again = RunLock.take(folder)) {
            assertThat(again).isNotNull();
        }
    }

    @Test
    void aLockThatCannotBeIsBadInput() throws IOException {
        Files.createDirectory(folder.resolve(".lock"));
        assertThatThrownBy(() -> RunLock.take(folder)).isInstanceOf(BadInputException.class);
        Files.delete(folder.resolve(".lock"));
        assertThat(RunLock.take(folder)).isNotNull().satisfies(RunLock::close);
    }
}
