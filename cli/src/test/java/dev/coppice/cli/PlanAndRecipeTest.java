package dev.coppice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlanAndRecipeTest {

    @TempDir
    private Path folder;

    private Path model;
    private Path first;
    private Path second;
    private Path run;

    @BeforeEach
    void writeModel() {
        model = Cli.model(folder.resolve("m.onnx"), Cli.CNN);
        first = folder.resolve("first.onnx");
        second = folder.resolve("second.onnx");
        run = folder.resolve("run");
    }

    @Test
    void aRunDirectoryExplainsTheRun() {
        Cli.run("prune", model, "-o", first, "--sparsity", "0.5", "--run", run).ended(0);
        assertThat(run)
                .isDirectoryContaining("glob:**/recipe.yaml")
                .isDirectoryContaining("glob:**/plan.json")
                .isDirectoryContaining("glob:**/provenance.json")
                .isDirectoryContaining("glob:**/receipt.json")
                .isDirectoryContaining("glob:**/receipt.txt")
                .isDirectoryContaining("glob:**/report.html")
                .isDirectoryNotContaining("glob:**/*.tmp");
        assertThat(run.resolve("report.html")).content().contains("2,668 pruned", "w2");
    }

    @Test
    void thePlanOfARunReproducesItsOutput() {
        Cli.run("prune", model, "-o", first, "--sparsity", "0.7", "--allocate", "lamp", "--run", run)
                .ended(0);
        Cli.run("prune", model, "-o", second, "--plan", run.resolve("plan.json"))
                .ended(0);
        assertThat(second).hasSameBinaryContentAs(first);
    }

    @Test
    void anEditedPlanIsApplied() throws IOException {
        Cli.run("prune", model, "-o", first, "--sparsity", "0.5", "--run", run).ended(0);
        var plan = run.resolve("plan.json");
        var text = Files.readString(plan);
        assertThat(text).contains("\"prune\" : 108");
        Files.writeString(plan, text.replace("\"prune\" : 108", "\"prune\" : 7"));
        Cli.run("prune", model, "-o", second, "--plan", plan).ended(0);
        assertThat(Cli.zeros(second, "w1")).isEqualTo(7);
        Files.writeString(plan, text.replace("\"prune\" : 108", "\"prune\" : 217"));
        assertThat(Cli.run("prune", model, "-o", second, "--plan", plan)
                        .ended(3)
                        .err())
                .contains("217");
    }

    @Test
    void aPlanForAnotherModelIsRefused() {
        Cli.run("prune", model, "-o", first, "--sparsity", "0.5", "--run", run).ended(0);
        var other = Cli.model(folder.resolve("other.onnx"), """
                input x float[batch,4]
                const w float[4,4] seed 1
                y = MatMul(x, w)
                output y float[batch,4]
                """);
        Cli.run("prune", other, "-o", second, "--plan", run.resolve("plan.json"))
                .ended(3);
        assertThat(second).doesNotExist();
    }

    @Test
    void aPrintedRecipeRunsToTheSameBytes() throws IOException {
        var options = new Object[] {
            "prune", model, "-o", first, "--sparsity", "0.6", "--allocate", "global", "--keep", "w1", "--print-recipe"
        };
        var recipe = Files.writeString(
                folder.resolve("recipe.yaml"), Cli.run(options).ended(0).out());
        assertThat(first).doesNotExist();
        Cli.run("run", recipe).ended(0);
        options[options.length - 1] = "--json";
        options[3] = second;
        Cli.run(options).ended(0);
        assertThat(second).hasSameBinaryContentAs(first);
        assertThat(Cli.zeros(first, "w1")).isZero();
    }

    @Test
    void optionsOfRunGoOverTheRecipe() throws IOException {
        var recipe = Files.writeString(folder.resolve("recipe.yaml"), """
                model: %s
                output: %s
                sparsity: 0.5
                layers: {conv1: 0.25}
                """.formatted(model, first));
        Cli.run("run", recipe, "-o", second, "--run", run).ended(0);
        assertThat(first).doesNotExist();
        assertThat(Cli.zeros(second, "w1")).isEqualTo(54);
        assertThat(Cli.zeros(second, "w2")).isEqualTo(2560);
        assertThat(run.resolve("recipe.yaml")).content().contains("second.onnx");
    }

    @Test
    void theRecipeOfARunRunsAgain() {
        Cli.run("prune", model, "-o", first, "--granularity", "block:2x1", "--sparsity", "0.5", "--run", run)
                .ended(0);
        Cli.run("run", run.resolve("recipe.yaml"), "-o", second).ended(0);
        assertThat(second).hasSameBinaryContentAs(first);
    }
}
