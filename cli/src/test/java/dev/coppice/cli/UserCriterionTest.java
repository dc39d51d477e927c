package dev.coppice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compiles the criterion that docs/criteria.md shows, and uses it by its name. */
class UserCriterionTest {

    @TempDir
    private Path folder;

    private ClassLoader before;
    private URLClassLoader added;

    @BeforeEach
    void putTheExampleOnTheClassPath() throws IOException {
        var page = Files.readString(Path.of("..", "docs", "criteria.md"));
        int from = page.indexOf("```java\n") + "```java\n".length();
        var source =
                Files.writeString(folder.resolve("Cautious.java"), page.substring(from, page.indexOf("```", from)));
        int result = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-proc:none", "-d", folder.toString(), source.toString());
        assertThat(result).isZero();
        var services = Files.createDirectories(folder.resolve("META-INF/services"));
        Files.writeString(services.resolve("dev.coppice.prune.score.Criterion"), "Cautious\n");
        before = Thread.currentThread().getContextClassLoader();
        added = new URLClassLoader(new URL[] {folder.toUri().toURL()}, before);
        Thread.currentThread().setContextClassLoader(added);
    }

    @AfterEach
    void takeItOffAgain() throws IOException {
        Thread.currentThread().setContextClassLoader(before);
        added.close();
    }

    private static final String MODEL = """
            input x float[N,2]
            const w float[2,4] = 9 2 3 4  1 2 3 4
            y = MatMul(x, w)
            output y
            """;

    @Test
    void itIsFoundByItsName() {
        var model = Cli.model(folder.resolve("m.onnx"), MODEL);
        var output = folder.resolve("p.onnx");
        Cli.run("prune", model, "-o", output, "--criterion", "cautious", "--granularity", "row", "--sparsity", "0.25")
                .ended(0);
        // Rows are outputs, columns of w here; the first has the smallest weight, though the largest norm.
        assertThat(Cli.values(output, "w")).containsExactly(0, 2, 3, 4, 0, 2, 3, 4);
    }

    @Test
    void itIsListedAmongTheOthers() {
        var model = Cli.model(folder.resolve("m.onnx"), MODEL);
        assertThat(Cli.run("prune", model, "-o", folder.resolve("p.onnx"), "--criterion", "nosuch", "--sparsity", "0.5")
                        .ended(2)
                        .err())
                .contains("cautious");
    }
}
