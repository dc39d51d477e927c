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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            "rows" : 8                   | "rows" : 99999999999         | rows or columns
            "name" : "w2"                | "name" : "w1"                | twice
            "criterion" : "l1"           | "criterion" : "l9"           | random, l1, l2
            "granularity" : "unstructured" | "granularity" : "4:4"      | less than M
            "allocate" : "uniform"       | "allocate" : "all"           | row-uniform
            "prune" : 108                | "prune" : 1.5                | whole number
            """)
    void aPlanEditedWronglyIsRefused(String old, String edited, String complaint) throws IOException {
        var plan = folder.resolve("run/plan.json");
        Cli.run("prune", model, "-o", output, "--sparsity", "0.5", "--run", plan.getParent())
                .ended(0);
        Files.delete(output);
        var text = Files.readString(plan).replace("[ 512, 10 ]", "[ 8, 3, 3, 3 ]");
        assertThat(text).contains(old);
        Files.writeString(plan, text.replace(old, edited));
        assertThat(Cli.run("prune", model, "-o", output, "--plan", plan)
                        .ended(3)
                        .err())
                .contains(complaint);
        assertThat(output).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource({"sparsity: 1.5", "criterion: l9", "keep: nosuch", "layers: {nosuch: 0.5}", "run: m.onnx/run"})
    void aRecipeThatMakesNoSenseIsBadInput(String setting) throws IOException {
        var lines =
                setting.startsWith("sparsity") ? setting : "sparsity: 0.5\n" + setting.replace("m.onnx", "" + model);
        var recipe = Files.writeString(
                folder.resolve("r.yaml"), "model: %s\noutput: %s\n%s\n".formatted(model, output, lines));
        assertThat(Cli.run("run", recipe).ended(3).err()).contains("r.yaml: ");
        assertThat(output).doesNotExist();
    }

    @Test
    void aFolderOrAModelIsNoPlan() {
        assertThat(Cli.run("prune", model, "-o", output, "--plan", folder)
                        .ended(3)
                        .err())
                .contains("is a directory");
        assertThat(Cli.run("prune", model, "-o", output, "--plan", model)
                        .ended(3)
                        .err())
                .contains("not a text file");
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
