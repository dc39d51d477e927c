package dev.coppice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.onnx.OnnxReader;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
    void itRanksSingleWeights() {
        var output = pruned(MODEL, "--granularity", "unstructured", "--sparsity", "0.25");
        // The two smallest magnitudes are 1 and the first 2.
        assertThat(Cli.values(output, "w")).containsExactly(9, 0, 3, 4, 0, 2, 3, 4);
    }

    @Test
    void itRanksWithinTheGroupsOfAnNofMPattern() {
        var output = pruned(MODEL, "--granularity", "1:2");
        // Pairs along the inputs: 9 1, 2 2, 3 3, 4 4; ties go by index.
        assertThat(Cli.values(output, "w")).containsExactly(9, 0, 0, 0, 0, 2, 3, 4);
    }

    @Test
    void itRanksChannels() {
        var output = pruned("""
            input x float[N,2]
            const w float[2,4] = 9 2 3 4  1 2 3 4
            const v float[4,1] = 5 5 5 5
            h = MatMul(x, w)
            y = MatMul(h, v)
            output y
            """, "--granularity", "channel", "--sparsity", "0.25");
        // Least magnitudes of the columns of w are 1 2 3 4, of the rows of v 5 each: the first channel goes, by norms
        // the second.
        assertThat(Cli.values(output, "w")).containsExactly(2, 3, 4, 2, 3, 4);
    }

    @Test
    void itRanksHeads() {
        var output = pruned("""
            opset 23
            input x float[1,3,2]
            const q float[2,4] = 9 9 2 2  9 1 2 2
            const k float[2,4] = 5 5 5 5  5 5 5 5
            const v float[2,4] = 5 5 5 5  5 5 5 5
            const o float[4,2] = 5 5  5 5  5 5  5 5
            q0 = MatMul(x, q)
            k0 = MatMul(x, k)
            v0 = MatMul(x, v)
            a = Attention(q0, k0, v0) q_num_heads=2 kv_num_heads=2
            y = MatMul(a, o)
            output y
            """, "--granularity", "head", "--sparsity", "0.5");
        // Least magnitudes in q are 1 and 2, elsewhere 5: the first head goes, by norms the second.
        assertThat(Cli.values(output, "q")).containsExactly(2, 2, 2, 2);
    }

    @Test
    void itRanksBranches() {
        var output = pruned("""
            input x float[2,2]
            const w float[2,2] = 9 9 9 1
            const v float[2,2] = 2 2 2 2
            f = MatMul(x, w)
            y = Add(x, f)
            g = MatMul(y, v)
            z = Add(y, g)
            output z
            """, "--granularity", "layer", "--sparsity", "0.5");
        // The branch of w has the larger norm, but the least weight.
        assertThat(Cli.values(output, "v")).containsExactly(2, 2, 2, 2);
        assertThat(OnnxReader.read(output).graph().initializers())
                .extracting(tensor -> tensor.name())
                .doesNotContain("w");
    }

    private Path pruned(String text, String... options) {
        var output = folder.resolve("p.onnx");
        var arguments = new ArrayList<Object>(
                List.of("prune", Cli.model(folder.resolve("m.onnx"), text), "-o", output, "--criterion", "cautious"));
        arguments.addAll(List.of(options));
        Cli.run(arguments.toArray()).ended(0);
        return output;
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
