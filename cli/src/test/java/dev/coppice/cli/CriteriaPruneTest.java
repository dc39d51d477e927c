package dev.coppice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Criteria that look at data, from the command line to the pruned file. */
class CriteriaPruneTest {

    /** The third input is ten times the others; hidden unit 1 is never active, unit 3 hardly. */
    private static final String MODEL = """
        input x float[N,4]
        const w float[4,4] = 5 -1 6 1  4 -1 7 1  1 -1 1 -1  2 -1 3 1
        const v float[4,2] = 1 2 3 4 5 6 7 8
        m = MatMul(x, w)
        h = Relu(m)
        y = MatMul(h, v)
        output y float[N,2]
        """;

    @TempDir
    private Path folder;

    private Path model;
    private Path output;
    private Path data;

    @BeforeEach
    void write() throws IOException {
        model = Cli.model(folder.resolve("m.onnx"), MODEL);
        output = folder.resolve("p.onnx");
        data = Files.writeString(folder.resolve("d.csv"), "1,1,10,1,0\n2,1,20,1,1\n1,2,10,1,0\n1,1,20,2,1\n");
    }

    private Cli.Outcome prune(String options) {
        return Cli.run(
                (Object[]) ("prune " + model + " -o " + output + " --data csv:" + data + " " + options).split(" "));
    }

    @ParameterizedTest
    @CsvSource({
        "--granularity unstructured --sparsity 0.5, 5 0 0 0  0 0 7 0  1 -1 1 -1  0 -1 0 1",
        "--granularity 2:4, 5 0 0 0  0 0 7 0  1 -1 1 -1  0 -1 0 1",
        "--granularity row --sparsity 0.5, 5 0 6 0  4 0 7 0  1 0 1 0  2 0 3 0",
        "--granularity block:1x2 --sparsity 0.5, 0 0 0 0  0 0 0 0  1 -1 1 -1  2 -1 3 1"
    })
    void wandaWeighsByTheInputs(String options, String expected) {
        // norms of the inputs: 1.32, 1.32, 15.8, 1.32; rows are the columns of w
        prune(options + " --criterion wanda --only w").ended(0);
        var wanted = expected.trim().split(" +");
        var values = Cli.values(output, "w");
        for (int i = 0; i < values.length; i++) {
            assertThat(values[i] == 0).as("weight %d", i).isEqualTo(wanted[i].equals("0"));
        }
    }

    @Test
    void wandaSharesOutByRowUnlessToldOtherwise() {
        assertThat(Cli.run((Object[]) ("prune " + model + " -o " + output
                                        + " --criterion wanda --sparsity 0.5 --print-recipe --data csv:" + data)
                                .split(" "))
                        .ended(0)
                        .out())
                .contains("allocate: row-uniform");
    }

    @ParameterizedTest
    @CsvSource({"apoz", "activation-mean", "activation-norm", "activation-variance"})
    void deadNeuronsGoFirstAndNothingChanges(String criterion) {
        prune("--criterion " + criterion + " --granularity channel --sparsity 0.25 --only w")
                .ended(0);
        assertThat(Cli.values(output, "w")).containsExactly(5, 6, 1, 4, 7, 1, 1, 1, -1, 2, 3, 1);
        assertThat(Cli.values(output, "v")).containsExactly(1, 2, 5, 6, 7, 8);
    }

    @Test
    void evidenceIsKeptInTheRunDirectoryAndTakenAgainForTheSameDataOnly() throws IOException {
        var options = "--criterion wanda --sparsity 0.5 --only w --run " + folder.resolve("run");
        prune(options).ended(0);
        var kept = folder.resolve("run/evidence.safetensors");
        var first = Files.getLastModifiedTime(kept);
        var values = Cli.values(output, "w");
        Files.delete(output); // or the run would only say that it is finished
        prune(options).ended(0);
        assertThat(Files.getLastModifiedTime(kept)).isEqualTo(first);
        assertThat(Cli.values(output, "w")).containsExactly(values);
        var before = Cli.bytes(kept);
        Files.writeString(data, "9,1,1,1,0\n");
        Files.delete(output);
        prune(options).ended(0);
        assertThat(Cli.bytes(kept)).isNotEqualTo(before);
    }

    @Test
    void aStoredPlanLooksAtTheDataAgain() throws IOException {
        prune("--criterion wanda --sparsity 0.5 --only w --run " + folder.resolve("run"))
                .ended(0);
        var first = Cli.values(output, "w");
        prune("--plan " + folder.resolve("run/plan.json")).ended(0);
        assertThat(Cli.values(output, "w")).containsExactly(first);
        assertThat(Cli.run("prune", model, "-o", output, "--plan", folder.resolve("run/plan.json"))
                        .ended(2)
                        .err())
                .contains("needs data");
    }
}
