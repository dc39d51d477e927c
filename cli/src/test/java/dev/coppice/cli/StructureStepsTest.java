package dev.coppice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.Tensor;
import dev.coppice.ir.onnx.OnnxReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Cuts a network of two hidden layers of 16 and 24 channels in several steps: where one step ends, several do. */
class StructureStepsTest {

    private static final String NETWORK = """
        input x float[batch,1,8,8]
        const w1 float[16,1,3,3] seed 1
        const w2 float[24,16,3,3] seed 2
        const w3 float[10,24] seed 3
        const b float[10] seed 4
        c1 = Conv(x, w1) name="first"
        r1 = Relu(c1)
        c2 = Conv(r1, w2) name="second"
        r2 = Relu(c2)
        g = GlobalAveragePool(r2)
        f = Flatten(g)
        y = Gemm(f, w3, b) transB=1 name="classifier"
        output y float[batch,10]
        """;

    private static final String MLP = """
        input x float[batch,4]
        const w1 float[4,8] seed 1
        const w2 float[8,20] seed 2
        const w3 float[20,3] seed 3
        h = MatMul(x, w1) name="first"
        r = Relu(h)
        k = MatMul(r, w2) name="second"
        s = Relu(k)
        y = MatMul(s, w3) name="last"
        output y
        """;

    @TempDir
    private Path folder;

    private Path model;
    private Path output;

    @BeforeEach
    void writeModel() {
        model = Cli.model(folder.resolve("m.onnx"), NETWORK);
        output = folder.resolve("p.onnx");
    }

    private Cli.Outcome prune(String granularity, String more) {
        var args = new ArrayList<Object>(List.of("prune", model, "-o", output, "--granularity", granularity));
        args.addAll(List.of(more.split(" ")));
        return Cli.run(args.toArray());
    }

    /** Prunes as a recipe says, which can have shares of single layers. */
    private Cli.Outcome shares(String layers, String... more) throws IOException {
        var recipe = Files.writeString(
                folder.resolve("recipe.yaml"), """
                    model: %s
                    output: %s
                    criterion: l2
                    granularity: channel
                    allocate: uniform
                    layers: {%s}
                    %s
                    """.formatted(model, output, layers, String.join("\n", more)));
        return Cli.run("run", recipe);
    }

    private static long units(Path file, String weight) {
        return OnnxReader.read(file).graph().initializers().stream()
                .filter(tensor -> tensor.name().equals(weight))
                .map(Tensor::dims)
                .findFirst()
                .orElseThrow()
                .getFirst();
    }

    private List<Long> widths() {
        return List.of(units(output, "w1"), units(output, "w2"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"linear", "cubic", "geometric"})
    void halfOfSixteenIsEightInAnyNumberOfSteps(String schedule) {
        for (int steps = 2; steps <= 5; steps++) {
            prune("channel", "--sparsity 0.5 --schedule " + schedule + " --steps " + steps)
                    .ended(0);
            assertThat(widths()).containsExactly(8L, 12L);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--sparsity 0.4",
                "--sparsity 0.9",
                "--sparsity 0.4 --round-to 4",
                "--sparsity 0.8 --round-to 8",
                "--sparsity 0.9 --min-kept 0.3",
                "--max-macs 0.37",
                "--max-macs 0.37 --round-to 4",
                "--max-nonzeros 1500"
            })
    void threeStepsLeaveTheWidthsThatOneLeaves(String howMuch) {
        prune("channel", howMuch).ended(0);
        var once = widths();
        prune("channel", howMuch + " --schedule cubic --steps 3").ended(0);
        assertThat(widths()).isEqualTo(once);
    }

    @Test
    void sharesOfSingleLayersAreOfTheirDenseWidths() throws IOException {
        shares("first: 0.3, second: 0.7").ended(0);
        assertThat(widths()).containsExactly(11L, 7L);
        for (var schedule : List.of("linear", "cubic", "geometric")) {
            shares("first: 0.3, second: 0.7", "schedule: " + schedule, "steps: 3")
                    .ended(0);
            assertThat(widths()).containsExactly(11L, 7L);
            shares("first: 0.3", "sparsity: 0.5", "schedule: " + schedule, "steps: 3")
                    .ended(0);
            assertThat(widths()).containsExactly(11L, 12L);
        }
    }

    @Test
    void aGlobalShareIsOfTheDenseUnitsAlsoWhereAGroupIsUsedUp() {
        for (double share : new double[] {0.5, 0.9}) {
            prune("channel", "--sparsity " + share + " --allocate global --schedule linear --steps 4")
                    .ended(0);
            long left = widths().stream().mapToLong(Long::longValue).sum();
            assertThat(left).isEqualTo(40 - Math.round(40 * share));
        }
        model = Cli.model(folder.resolve("mlp.onnx"), MLP);
        prune("channel", "--sparsity 0.9 --allocate global --schedule cubic --steps 6")
                .ended(0);
        assertThat(units(output, "w2") + units(output, "w3")).isEqualTo(28 - 25);
    }

    @Test
    void aGlobalBudgetIsMetByTheLastStepAndNotBefore() throws IOException {
        var run = folder.resolve("run");
        var json = prune("channel", "--max-macs 0.4 --allocate global --steps 3 --json --run " + run)
                .ended(0)
                .json();
        double before = ((Number) ((Map<?, ?>) json.get("before")).get("macs")).doubleValue();
        double after = ((Number) ((Map<?, ?>) json.get("after")).get("macs")).doubleValue();
        assertThat(after / before).isLessThanOrEqualTo(0.4).isGreaterThan(0.33);
        var other = folder.resolve("other");
        prune("channel", "--max-nonzeros 1000 --steps 3 --schedule linear --run " + other)
                .ended(0);
        // 3840 weights in all matrices.
        var first = OnnxReader.read(other.resolve("step-1").resolve("cut.onnx")).graph().initializers().stream()
                .filter(tensor -> tensor.dims().size() > 1)
                .mapToLong(Tensor::size)
                .sum();
        assertThat(first).isBetween(2600L, 2893L);
    }

    @Test
    void aPlanOfAllStepsIsOfTheDenseModelWhereOneUnitIsLeft() throws IOException {
        var run = folder.resolve("run");
        prune("channel", "--sparsity 0.94 --schedule linear --steps 4 --run " + run)
                .ended(0);
        assertThat(widths()).containsExactly(1L, 1L);
        var inSteps = Files.readAllBytes(output);
        Cli.run("prune", model, "-o", output, "--plan", run.resolve("plan.json"))
                .ended(0);
        assertThat(Files.readAllBytes(output)).isEqualTo(inSteps);
    }

    @Test
    void aLayerIsFoundAgainWhereItsNeighbourHasOneUnitLeft() throws IOException {
        // [1,20] counts as a vector: what the second layer makes is then named after the third.
        model = Cli.model(folder.resolve("mlp.onnx"), MLP);
        var run = folder.resolve("run");
        shares("first: 0.99", "sparsity: 0.6", "schedule: geometric", "steps: 3", "run: " + run)
                .ended(0);
        assertThat(OnnxReader.read(output).graph().initializers())
                .extracting(Tensor::dims)
                .containsExactly(List.of(4L, 1L), List.of(1L, 8L), List.of(8L, 3L));
        var inSteps = Files.readAllBytes(output);
        Cli.run("prune", model, "-o", output, "--plan", run.resolve("plan.json"))
                .ended(0);
        assertThat(Files.readAllBytes(output)).isEqualTo(inSteps);
    }

    @Test
    void layersThatShareAConstantAreFoundAgainWhenEachHasItsOwn() {
        // Exporters store the ones and zeros of all normalisations once; cut differently, each layer gets its part.
        model = Cli.model(folder.resolve("shared.onnx"), """
            input x float[batch,1,8,8]
            const w1 float[16,1,3,3] seed 1
            const w2 float[16,16,3,3] seed 2
            const w3 float[10,16,4,4] seed 3
            const scale float[16] fill 1.0
            const shift float[16] fill 0.5
            c1 = Conv(x, w1) name="first"
            n1 = InstanceNormalization(c1, scale, shift)
            r1 = Relu(n1)
            c2 = Conv(r1, w2) name="second"
            n2 = InstanceNormalization(c2, scale, shift)
            r2 = Relu(n2)
            y = Conv(r2, w3)
            output y float[batch,10,1,1]
            """);
        for (var allocate : List.of("uniform", "global")) {
            prune("channel", "--sparsity 0.7 --criterion l2 --allocate " + allocate + " --schedule linear --steps 3")
                    .ended(0);
            var inSteps = widths();
            prune("channel", "--sparsity 0.7 --criterion l2 --allocate " + allocate)
                    .ended(0);
            assertThat(inSteps.stream().mapToLong(Long::longValue).sum())
                    .isEqualTo(widths().stream().mapToLong(Long::longValue).sum());
        }
    }

    @Test
    void aRunThatWasKilledBetweenStepsEndsAtTheSameWidths() throws IOException {
        var run = folder.resolve("run");
        prune(
                        "channel",
                        "--sparsity 0.5 --schedule linear --steps 3 --fine-tune 0.2 --data digits --threads 1 --run "
                                + run)
                .ended(0);
        assertThat(widths()).containsExactly(8L, 12L);
        var undisturbed = Files.readAllBytes(output);
        // As after the second step's cut: what came later is not there.
        Files.delete(run.resolve("step-3/cut.onnx"));
        try (var files = Files.list(run.resolve("checkpoints"))) {
            Files.delete(files.max(Comparator.naturalOrder()).orElseThrow());
        }
        Files.delete(output);
        Cli.run("resume", run).ended(0);
        assertThat(Files.readAllBytes(output)).isEqualTo(undisturbed);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " --schedule linear --steps 2"})
    void whatCannotBeCutIsNotTrainedEither(String steps) {
        var receipt = prune("head", "--sparsity 0.5 --distill 0.2 --data digits" + steps)
                .ended(4)
                .out();
        assertThat(receipt).contains("training was left out").doesNotContain("distilled");
        assertThat(Cli.relativeError(output, model)).isZero();
    }

    @Test
    void aDenseModelToCompareWithIsTrained() {
        var receipt = prune("channel", "--sparsity 0 --fine-tune 0.2 --data digits")
                .ended(0)
                .out();
        assertThat(receipt).contains("trained 0.2 epochs");
        assertThat(Cli.relativeError(output, model)).isPositive();
    }

    @Test
    void branchesAreCountedFromTheDenseModelToo() {
        var text = new StringBuilder("input x float[batch,4]\n");
        for (int i = 1; i <= 8; i++) {
            text.append("const w%d float[4,4] seed %d\n".formatted(i, i));
        }
        for (int i = 1; i <= 8; i++) {
            var before = i == 1 ? "x" : "s" + (i - 1);
            text.append("h%d = MatMul(%s, w%d)\n r%d = Relu(h%d)\n s%d = Add(%s, r%d)\n"
                    .formatted(i, before, i, i, i, i, before, i));
        }
        model = Cli.model(folder.resolve("deep.onnx"), text + "output s8\n");
        for (var howMuch :
                List.of("--sparsity 0.5", "--sparsity 0.4 --only w1 --only w2 --only w3", "--max-macs 0.5")) {
            prune("layer", howMuch).ended(0);
            var once = OnnxReader.read(output).graph().initializers().size();
            prune("layer", howMuch + " --schedule linear --steps 3").ended(0);
            assertThat(OnnxReader.read(output).graph().initializers()).hasSize(once);
        }
    }
}
