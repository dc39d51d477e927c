package dev.coppice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UsageErrorsTest {

    @TempDir
    private Path folder;

    private Path model;
    private Path output;

    @BeforeEach
    void writeModel() {
        model = Cli.model(folder.resolve("m.onnx"), Cli.CNN);
        output = folder.resolve("p.onnx");
    }

    private Cli.Outcome prune(String... more) {
        var args = new ArrayList<Object>(List.of("prune", model, "-o", output));
        args.addAll(List.of(more));
        return Cli.run(args.toArray());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        --criterion l3            | random, l1, l2
        --criterion apoz          | looks at outputs, which weights do not have one by one
        --criterion fpgm          | compares whole rows
        --criterion wanda         | give data
        --granularity blok:2x1    | block:RxC
        --granularity foo         | channel+head, layer
        --granularity block:0x1   | at least one row
        --granularity 4:4         | less than M
        --granularity 1:4         | leave the sparsity out
        --allocate globl          | uniform, row-uniform, global, erk, lamp
        --max-nonzeros 10         | give one
        --threads 0               | from 1
        --data nosuch:x           | cifar10:DIR
        --plan plan.json          | leave one of them out
        --limit 5                 | give data
        --split train             | give data
        """)
    void aChoiceThatMakesNoSenseIsExplained(String option, String hint) {
        assertThat(prune(("--sparsity 0.5 " + option).split(" ")).ended(2).err())
                .contains(hint);
        assertThat(output).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource({"1", "1.5", "-0.5", "NaN", "Infinity", "half"})
    void aSparsityOutsideOfZeroToBelowOneIsRefused(String sparsity) {
        assertThat(prune("--sparsity", sparsity).ended(2).err()).contains("sparsity");
        assertThat(output).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource({"0", "-1", "many"})
    void aBudgetBelowOneIsRefused(String budget) {
        prune("--max-nonzeros", budget).ended(2);
        assertThat(output).doesNotExist();
    }

    @Test
    void anOutputOfRunThatCannotBeWrittenIsNotTheRecipesFault() throws IOException {
        var recipe = Files.writeString(folder.resolve("r.yaml"), "model: %s\nsparsity: 0.5\n".formatted(model));
        Cli.run("run", recipe, "-o", folder.resolve("nosuch/p.onnx")).ended(2);
    }

    @Test
    void howMuchToPruneMustBeSaid() {
        assertThat(prune().ended(2).err()).contains("how much to prune");
    }

    @Test
    void aGlobThatMatchesNothingNamesTheNearest() {
        assertThat(prune("--sparsity", "0.5", "--keep", "clasifier").ended(2).err())
                .contains("'clasifier'", "classifier");
        assertThat(prune("--sparsity", "0.5", "--only", "conv2").ended(2).err()).contains("'conv2'", "conv1");
        assertThat(output).doesNotExist();
    }

    @Test
    void anOutputThatIsAFolderOrInNoneIsRefused() {
        assertThat(Cli.run("prune", model, "-o", folder, "--sparsity", "0.5")
                        .ended(2)
                        .err())
                .contains("is a directory");
        var nowhere = folder.resolve("none/p.onnx");
        assertThat(Cli.run("prune", model, "-o", nowhere, "--sparsity", "0.5")
                        .ended(2)
                        .err())
                .contains("does not exist");
    }

    @Test
    void evaluateNeedsData() {
        assertThat(Cli.run("evaluate", model).ended(2).err()).contains("--data");
    }

    @Test
    void benchmarkNeedsRoundsAndReadableShapes() {
        Cli.run("benchmark", model, "--rounds", "0").ended(2);
        assertThat(Cli.run("benchmark", model, "--shape", "x").ended(2).err()).contains("NAME=SIZE");
    }

    @Test
    void failuresAreOneJsonDocumentToo() {
        var document = Cli.run("prune", "--json").ended(2).json();
        assertThat(document.get("error").toString()).contains("--output");
        assertThat(document.get("exit-code")).isEqualTo(2L);
        assertThat(prune("--sparsity", "2", "--json")
                        .ended(2)
                        .json()
                        .get("hint")
                        .toString())
                .contains("less than 1");
    }
}
