package dev.coppice.ir.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TemporaryFolderTest {

    @TempDir
    private Path folder;

    private Path temporary;

    /** Makes a folder with a file, says where, and waits. */
    static final class Owner {
        private Owner() {}

        public static void main(String[] args) throws IOException, InterruptedException {
            var folder = TemporaryFolder.make("test");
            Files.writeString(folder.file("big.bin"), "x");
            Files.createDirectory(folder.file("inner"));
            Files.writeString(folder.file("inner").resolve("f"), "x");
            System.out.println("ready");
            Thread.sleep(args.length > 0 ? 0 : 60_000);
        }
    }

    private Process owner(String... arguments) throws IOException {
        temporary = Files.createDirectories(folder.resolve("tmp"));
        var command = new java.util.ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.io.tmpdir=" + temporary,
                "-cp",
                System.getProperty("java.class.path")
                        .replace(File.pathSeparator + File.pathSeparator, File.pathSeparator),
                Owner.class.getName()));
        command.addAll(List.of(arguments));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        assertThat(process.inputReader().readLine()).isEqualTo("ready");
        return process;
    }

    private List<Path> left() throws IOException {
        try (var files = Files.list(temporary)) {
            return files.toList();
        }
    }

    @Test
    void closingLeavesNothing() throws IOException {
        Path file;
        try (var made = TemporaryFolder.make("test")) {
            file = made.file("a");
            Files.writeString(file, "x");
        }
        assertThat(file.getParent()).doesNotExist();
    }

    @Test
    void theEndOfTheProcessLeavesNothing() throws Exception {
        assertThat(owner("at once").waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(left()).isEmpty();
    }

    @Test
    void aTerminatedProcessLeavesNothing() throws Exception {
        var owner = owner();
        assertThat(left()).hasSize(1);
        owner.destroy();
        owner.waitFor();
        assertThat(left()).isEmpty();
    }

    @Test
    void theNextProcessRemovesWhatAKilledOneLeftButNothingElse() throws Exception {
        var killed = owner();
        killed.destroyForcibly().waitFor();
        var litter = left().getFirst();
        var alive = owner();
        assertThat(litter).doesNotExist();
        var living = left();
        var others = Files.writeString(folder.resolve("precious"), "x");
        Files.createSymbolicLink(temporary.resolve("coppice-test-1"), folder);
        Files.createDirectory(temporary.resolve("coppice-notes"));
        var backup = Files.createDirectory(temporary.resolve("coppice-backup-20261130"));
        Files.writeString(backup.resolve("model.onnx"), "x");
        owner("at once").waitFor();
        assertThat(others).exists();
        assertThat(left())
                .contains(
                        living.getFirst(),
                        temporary.resolve("coppice-test-1"),
                        temporary.resolve("coppice-notes"),
                        backup)
                .hasSize(4);
        assertThat(backup.resolve("model.onnx")).exists();
        assertThat(living.getFirst().resolve("big.bin")).exists();
        alive.destroy();
    }

    /** A folder with a link in it is deleted without what the link names. */
    @Test
    void linksAreNotFollowed() throws IOException {
        var precious = Files.writeString(folder.resolve("precious"), "x");
        try (var made = TemporaryFolder.make("test")) {
            Files.createSymbolicLink(made.file("link"), folder);
        }
        assertThat(precious).exists();
    }
}
