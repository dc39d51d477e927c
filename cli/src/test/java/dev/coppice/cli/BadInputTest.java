package dev.coppice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BadInputTest {

    @TempDir
    private Path folder;

    private Path model;
    private Path output;

    @BeforeEach
    void writeModel() {
        model = Cli.model(folder.resolve("m.onnx"), Cli.CNN);
        output = folder.resolve("p.onnx");
    }

    /** Prunes, inspects, evaluates and measures a file that is no model; all must refuse it and leave nothing behind. */
    private String refused(Path bad) throws IOException {
        long files = count();
        Cli.run("inspect", bad).ended(3);
        Cli.run("evaluate", bad, "--data", "digits").ended(3);
        Cli.run("benchmark", bad).ended(3);
        var outcome = Cli.run("prune", bad, "-o", output, "--sparsity", "0.5", "--json")
                .ended(3);
        assertThat(outcome.json().get("exit-code")).isEqualTo(3L);
        assertThat(output).doesNotExist();
        assertThat(count()).as("files in the folder").isEqualTo(files);
        assertThat(outcome.err()).contains("hint:");
        return outcome.err();
    }

    private long count() throws IOException {
        try (var files = Files.list(folder)) {
            return files.count();
        }
    }

    @Test
    void aMissingModelIsNamed() throws IOException {
        assertThat(refused(folder.resolve("missing.onnx"))).contains("missing.onnx does not exist");
    }

    @Test
    void aFolderIsNoModel() throws IOException {
        assertThat(refused(Files.createDirectory(folder.resolve("folder")))).contains("is a directory");
    }

    @Test
    void aTextFileIsRecognised() throws IOException {
        assertThat(refused(Files.writeString(folder.resolve("text.onnx"), "This is a text, not a model.\n")))
                .contains("looks like a text file");
    }

    @Test
    void anEmptyFileIsNoModel() throws IOException {
        assertThat(refused(Files.createFile(folder.resolve("empty.onnx")))).contains("empty");
    }

    @Test
    void garbageIsNoModel() throws IOException {
        var garbage = new byte[4096];
        new Random(1).nextBytes(garbage);
        assertThat(refused(Files.write(folder.resolve("garbage.onnx"), garbage)))
                .contains("garbage.onnx");
    }

    @Test
    void aTruncatedModelSaysWhereItBreaksOff() throws IOException {
        var half = Arrays.copyOf(Files.readAllBytes(model), 10_000);
        assertThat(refused(Files.write(folder.resolve("half.onnx"), half))).contains("byte");
    }

    @Test
    void aFolderOrAModelIsNoRecipe() {
        assertThat(Cli.run("run", folder).ended(3).err()).contains("is a directory");
        assertThat(Cli.run("run", model).ended(3).err())
                .contains("not a text file")
                .contains("coppice prune");
    }

    @Test
    void badRecipesAreRefused() throws IOException {
        var recipe = folder.resolve("recipe.yaml");
        assertThat(Cli.run("run", recipe).ended(3).err()).contains("recipe.yaml");
        Files.writeString(recipe, "[1, 2");
        assertThat(Cli.run("run", recipe).ended(3).err()).contains("not YAML");
        Files.writeString(recipe, "hello");
        assertThat(Cli.run("run", recipe).ended(3).err()).contains("holds no settings");
        Files.writeString(recipe, "sparsty: 0.5");
        assertThat(Cli.run("run", recipe).ended(3).err()).contains("unknown setting 'sparsty'");
        Files.writeString(recipe, "sparsity: 0.5");
        assertThat(Cli.run("run", recipe).ended(3).err()).contains("'model' is missing");
    }

    @Test
    void badPlansAreRefused() throws IOException {
        var plan = folder.resolve("plan.json");
        Cli.run("prune", model, "-o", output, "--plan", plan).ended(3);
        Files.writeString(plan, "{\"weights\": 7}");
        assertThat(Cli.run("prune", model, "-o", output, "--plan", plan)
                        .ended(3)
                        .err())
                .contains("is no plan");
        Files.writeString(plan, "{\"weights\": []}");
        assertThat(Cli.run("prune", model, "-o", output, "--plan", plan)
                        .ended(3)
                        .err())
                .contains("'criterion'");
        assertThat(output).doesNotExist();
    }

    @Test
    void missingDataIsNamed() {
        assertThat(Cli.run("evaluate", model, "--data", "csv:nosuch.csv")
                        .ended(3)
                        .err())
                .contains("nosuch.csv");
    }

    @Test
    void dataOrARunDirectoryThatCannotBeUsedLeavesNoOutput() throws IOException {
        var prune = new Object[] {"prune", model, "-o", output, "--sparsity", "0.5", "--data", "csv:nosuch.csv"};
        assertThat(Cli.run(prune).ended(3).err()).contains("nosuch.csv");
        prune[6] = "--run";
        prune[7] = Files.createFile(folder.resolve("file"));
        assertThat(Cli.run(prune).ended(2).err()).contains("run directory");
        assertThat(output).doesNotExist();
    }
}
