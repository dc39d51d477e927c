package dev.coppice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same command with the same run directory goes on or says that it is finished; another one is refused (DESIGN, section 9). */
class RunAgainTest {

    @TempDir
    private Path folder;

    private Path model;
    private Path output;
    private Path run;

    @BeforeEach
    void model() {
        model = folder.resolve("cnn.onnx");
        output = folder.resolve("out.onnx");
        run = folder.resolve("run");
        Cli.model(model, Cli.CNN);
    }

    private Cli.Outcome prune(Object sparsity) {
        return Cli.run("prune", model, "-o", output, "--sparsity", sparsity, "--run", run);
    }

    @Test
    void aFinishedRunSaysSoAndWritesNothing() throws IOException {
        var first = prune(0.5).ended(0);
        var written = Files.getLastModifiedTime(output);
        var receipt = Files.getLastModifiedTime(run.resolve("receipt.json"));

        assertThat(prune(0.5).ended(0).out())
                .startsWith(first.out().lines().findFirst().orElseThrow())
                .contains("was finished before");
        assertThat(Files.getLastModifiedTime(output)).isEqualTo(written);
        assertThat(Files.getLastModifiedTime(run.resolve("receipt.json"))).isEqualTo(receipt);
    }

    @Test
    void aFinishedRunWhoseOutputIsGoneIsRunAgain() throws IOException {
        prune(0.5).ended(0);
        var bytes = Files.readAllBytes(output);
        Files.delete(output);

        assertThat(prune(0.5).ended(0).out()).doesNotContain("was finished before");
        assertThat(output).hasBinaryContent(bytes);
    }

    @Test
    void anotherRecipeInTheSameDirectoryIsRefused() throws IOException {
        prune(0.5).ended(0);
        var recipe = Files.readString(run.resolve("recipe.yaml"));

        assertThat(prune(0.6).ended(2).err()).contains("holds another run", "--run");
        assertThat(run.resolve("recipe.yaml")).hasContent(recipe);
    }

    @Test
    void somebodyElsesReceiptIsNotWrittenOver() throws IOException {
        Files.createDirectories(run);
        Files.writeString(run.resolve("receipt.json"), "mine");

        assertThat(prune(0.5).ended(2).err()).contains("a receipt without a recipe");
        assertThat(run.resolve("receipt.json")).hasContent("mine");
    }

    @Test
    void anOutputCannotTakeTheNameOfARecord() throws IOException {
        Files.createDirectories(run);
        output = run.resolve("report.html");

        assertThat(prune(0.5).ended(2).err()).contains("keeps for itself");
        assertThat(output).doesNotExist();
    }

    @Test
    void aRecipeWithCommentsInItsOwnRunDirectoryIsKept() throws IOException {
        Files.createDirectories(run);
        var text = "# by hand\nmodel: %s\noutput: %s\nsparsity: 0.5\nrun: %s\n".formatted(model, output, run);
        var recipe = Files.writeString(run.resolve("recipe.yaml"), text);

        Cli.run("run", recipe).ended(0);
        assertThat(recipe).hasContent(text);
        assertThat(Cli.run("run", recipe, "--sparsity", 0.6).ended(2).err()).contains("holds another run");
    }
}
