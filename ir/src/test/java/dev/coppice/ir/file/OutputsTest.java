package dev.coppice.ir.file;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputsTest {

    @TempDir
    private Path folder;

    @Test
    void anInputIsNoOutputByWhateverName() throws IOException {
        var input = Files.writeString(folder.resolve("input"), "x");
        Files.createDirectory(folder.resolve("below"));
        refused(input, input);
        refused(folder.resolve("below/../input"), input);
        refused(Files.createSymbolicLink(folder.resolve("link"), input), input);
        refused(Files.createLink(folder.resolve("hard"), input), input);
        refused(input, folder.resolve("link"));
    }

    @Test
    void anotherFileIsAnOutput() throws IOException {
        var input = Files.writeString(folder.resolve("input"), "x");
        var other = Files.writeString(folder.resolve("other"), "x");
        assertThatCode(() -> {
                    Outputs.requireApart(other, List.of(input), "");
                    Outputs.requireApart(folder.resolve("absent"), List.of(input, folder.resolve("gone")), "");
                })
                .doesNotThrowAnyException();
    }

    @Test
    void linksThatLeadNowhereAreRefused() throws IOException {
        unwritable(Files.createSymbolicLink(folder.resolve("a"), folder.resolve("b")), "leads nowhere");
        Files.createSymbolicLink(folder.resolve("b"), folder.resolve("a"));
        unwritable(folder.resolve("b"), "leads nowhere");
        unwritable(folder.resolve("b/file"), "does not exist");
    }

    @Test
    void devicesAndPipesAreRefused() {
        for (var device : List.of("/dev/full", "/dev/null", "/dev/stdout", "/dev/fd/1")) {
            Assumptions.assumeTrue(Files.exists(Path.of(device)), device);
            unwritable(Path.of(device), "not a regular file");
        }
    }

    @Test
    void namesThatNoFileSystemTakesAreRefused() {
        unwritable(folder.resolve("n".repeat(256)), "too long");
        unwritable(folder.resolve("ü".repeat(128)), "too long");
        assertThatCode(() -> Outputs.requireWritable(folder.resolve("n".repeat(255))))
                .doesNotThrowAnyException();
    }

    private static void refused(Path output, Path input) {
        assertThatThrownBy(() -> Outputs.requireApart(output, List.of(input), ""))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("input");
    }

    private static void unwritable(Path file, String why) {
        assertThatThrownBy(() -> Outputs.requireWritable(file))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining(why);
    }
}
