package dev.coppice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.Tensor;
import dev.coppice.ir.onnx.OnnxReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Removes channels from a residual network of three convolutions and a classifier. */
class StructuredPruneTest {

    private static final String RESIDUAL = """
            input x float[batch,3,8,8]
            const w1 float[16,3,3,3] seed 1
            const w2 float[24,16,3,3] seed 2
            const w3 float[16,24,3,3] seed 3
            const w4 float[10,16] seed 4
            const b float[10] seed 5
            c1 = Conv(x, w1) pads=[1,1,1,1] name="stem"
            c2 = Conv(c1, w2) pads=[1,1,1,1] name="block/up"
            r2 = Relu(c2)
            c3 = Conv(r2, w3) pads=[1,1,1,1] name="block/down"
            s = Add(c1, c3)
            g = GlobalAveragePool(s)
            f = Flatten(g)
            y = Gemm(f, w4, b) transB=1 name="classifier"
            output y float[batch,10]
            """;

    @TempDir
    private Path folder;

    private Path model;
    private Path output;

    @BeforeEach
    void writeModel() {
        model = Cli.model(folder.resolve("m.onnx"), RESIDUAL);
        output = folder.resolve("p.onnx");
    }

    private Cli.Outcome prune(String... more) {
        var args = new ArrayList<Object>(List.of("prune", model, "-o", output));
        args.addAll(List.of(more));
        return Cli.run(args.toArray());
    }

    private List<Long> dims(String weight) {
        return OnnxReader.read(output).graph().initializers().stream()
                .filter(tensor -> tensor.name().equals(weight))
                .map(Tensor::dims)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void channelsGoEverywhereAtOnce() {
        prune("--granularity", "channel", "--sparsity", "0.25").ended(0);
        assertThat(dims("w1")).containsExactly(12L, 3L, 3L, 3L);
        assertThat(dims("w2")).containsExactly(18L, 12L, 3L, 3L);
        assertThat(dims("w3")).containsExactly(12L, 18L, 3L, 3L);
        assertThat(dims("w4")).containsExactly(10L, 12L);
        assertThat(output.toFile().length()).isLessThan(model.toFile().length());
    }

    @Test
    void theMaskedModelKeepsItsShapesAndZeroesTheReaders() {
        prune("--granularity", "channel", "--sparsity", "0.25", "--mask-only").ended(0);
        assertThat(dims("w2")).containsExactly(24L, 16L, 3L, 3L);
        assertThat(Cli.zeros(output, "w1")).isZero();
        assertThat(Cli.zeros(output, "w2")).isEqualTo(4 * 24 * 9);
        assertThat(Cli.zeros(output, "w3")).isEqualTo(6 * 16 * 9);
        assertThat(Cli.zeros(output, "w4")).isEqualTo(4 * 10);
    }

    @Test
    void theReceiptNamesGroupsAndTheirWidths() {
        var json = prune("--granularity", "channel", "--sparsity", "0.25", "--json")
                .ended(0)
                .json();
        var after = new ArrayList<Object>();
        ((List<?>) json.get("groups")).forEach(group -> after.add(((Map<?, ?>) group).get("after")));
        assertThat(after).isEqualTo(List.of(12L, 18L));
    }

    @Test
    void roundToLeavesMultiplesOfEight() {
        prune("--granularity", "channel", "--sparsity", "0.4", "--round-to", "8")
                .ended(0);
        assertThat(dims("w1").getFirst() % 8).isZero();
        assertThat(dims("w2").getFirst()).isEqualTo(16L);
    }

    @Test
    void aBudgetOfMacsIsMet() {
        var json = prune("--granularity", "channel", "--max-macs", "0.5", "--allocate", "global", "--json")
                .ended(0)
                .json();
        double before = ((Number) ((Map<?, ?>) json.get("before")).get("macs")).doubleValue();
        double after = ((Number) ((Map<?, ?>) json.get("after")).get("macs")).doubleValue();
        assertThat(after / before).isLessThanOrEqualTo(0.5).isGreaterThan(0.4);
    }

    @Test
    void keepAndOnlyHold() {
        prune("--granularity", "channel", "--sparsity", "0.5", "--only", "block/up")
                .ended(0);
        assertThat(dims("w1")).containsExactly(16L, 3L, 3L, 3L);
        assertThat(dims("w2")).containsExactly(12L, 16L, 3L, 3L);
        prune("--granularity", "channel", "--sparsity", "0.5", "--keep", "w3").ended(4);
        assertThat(dims("w3")).containsExactly(16L, 24L, 3L, 3L);
    }

    @Test
    void whereThereAreNoHeadsItSaysSo() {
        assertThat(prune("--granularity", "head", "--sparsity", "0.5").ended(4).out())
                .contains("nothing was pruned");
        assertThat(output).exists();
    }

    @Test
    void inspectListsTheLayersThatCanBeDropped() {
        assertThat(Cli.run("inspect", model).ended(0).out())
                .contains("layer (residual branch)")
                .containsPattern("w3 +Add.s. +6,912 +3 +c1");
        var branches =
                (List<?>) Cli.run("inspect", model, "--json").ended(0).json().get("branches");
        assertThat(branches).singleElement().satisfies(branch -> {
            assertThat(((Map<?, ?>) branch).get("droppable")).isEqualTo(true);
            assertThat(((Map<?, ?>) branch).get("nodes")).isEqualTo(List.of("block/up", "Relu(r2)", "block/down"));
        });
    }

    @Test
    void repairsAreCarriedOutAndSaid() throws Exception {
        var data = "digits";
        var digits = Cli.model(folder.resolve("d.onnx"), """
                input x float[batch,1,8,8]
                const w1 float[8,1,3,3] seed 1
                const w2 float[6,8,3,3] seed 2
                const s float[8] fill 1.0
                const z float[8] fill 0.0
                const w3 float[10,6] seed 3
                const b float[10] seed 4
                c1 = Conv(x, w1)
                n = BatchNormalization(c1, s, z, z, s)
                r = Relu(n)
                c2 = Conv(r, w2)
                g = GlobalAveragePool(c2)
                f = Flatten(g)
                y = Gemm(f, w3, b) transB=1
                output y float[batch,10]
                """);
        var cut = Cli.run(
                        "prune",
                        digits,
                        "-o",
                        output,
                        "--granularity",
                        "channel",
                        "--sparsity",
                        "0.5",
                        "--data",
                        data,
                        "--calibrate",
                        "32",
                        "--repair",
                        "least-squares,bias",
                        "--repair",
                        "batch-norm")
                .ended(0)
                .out();
        assertThat(cut)
                .contains("2 layers were fitted by least squares")
                .contains("1 layer was given a corrected bias")
                .contains("has no bias of its own to correct")
                .contains("the statistics of 1 BatchNormalization were estimated anew");
        Cli.run("prune", digits, "-o", output, "--sparsity", "0.5", "--data", data, "--repair", "bias,batch-norm")
                .ended(0);
        Cli.run("prune", digits, "-o", output, "--sparsity", "0.5", "--data", data, "--repair", "least-squares")
                .ended(2);
        Cli.run("prune", digits, "-o", output, "--sparsity", "0.5", "--repair", "bias")
                .ended(2);
        Cli.run("prune", digits, "-o", output, "--sparsity", "0.5", "--data", data, "--repair", "prayer")
                .ended(2);
    }

    @Test
    void aLatencyIsSearchedForByMeasuring() {
        // How fast this machine is, no test can say: only that there is a figure, and that a miss is a miss.
        var outcome = prune("--granularity", "channel", "--max-latency", "0.9", "--threads", "1");
        assertThat(outcome.out())
                .contains("a latency of at most 0.9 of the dense model's")
                .contains("cuts were measured");
        outcome.ended(outcome.out().contains("was not reached") ? 4 : 0);
        assertThat(prune("--granularity", "channel", "--max-latency", "0.000001ms")
                        .ended(4)
                        .out())
                .contains("was not reached: the fastest cut took");
        prune("--granularity", "channel", "--max-latency", "2").ended(2);
        prune("--granularity", "channel", "--max-latency", "0.5", "--max-macs", "0.5")
                .ended(2);
    }

    @Test
    void widthsAreRoundedForALatencyOnlyWhereThatIsFasterAndFreeToChoose() {
        model = Cli.model(folder.resolve("wide.onnx"), """
                input x float[1,16,32,32]
                const w1 float[64,16,3,3] seed 1
                const w2 float[64,64,3,3] seed 2
                const w3 float[16,64,3,3] seed 3
                c1 = Conv(x, w1) pads=[1,1,1,1]
                r1 = Relu(c1)
                c2 = Conv(r1, w2) pads=[1,1,1,1]
                r2 = Relu(c2)
                y = Conv(r2, w3) pads=[1,1,1,1]
                output y float[1,16,32,32]
                """);
        var latency = List.of("--granularity", "channel", "--max-latency", "0.6", "--threads", "1");
        var chosen = prune(latency.toArray(String[]::new)).out();
        // Which is faster is the machine's to say; what was said must be so.
        boolean rounded = chosen.contains("widths are multiples of 16");
        if (rounded) {
            assertThat(dims("w1").getFirst() % 16).isZero();
            assertThat(dims("w2").getFirst() % 16).isZero();
        }
        var given = new ArrayList<>(latency);
        given.addAll(List.of("--round-to", "1"));
        assertThat(prune(given.toArray(String[]::new)).out()).doesNotContain("widths are multiples");
    }

    @Test
    void aPlanIsRepeatedAndEdited() throws Exception {
        var run = folder.resolve("run");
        prune("--granularity", "channel", "--sparsity", "0.25", "--run", run.toString())
                .ended(0);
        var first = Files.readAllBytes(output);
        prune("--plan", run.resolve("plan.json").toString()).ended(0);
        assertThat(Files.readAllBytes(output)).isEqualTo(first);
        prune("--plan", run.resolve("plan.json").toString(), "--mask-only").ended(0);
        assertThat(dims("w1")).containsExactly(16L, 3L, 3L, 3L);
        var plan = Files.readString(run.resolve("plan.json")).replace("\"width\" : 24", "\"width\" : 25");
        Files.writeString(run.resolve("plan.json"), plan);
        assertThat(prune("--plan", run.resolve("plan.json").toString()).ended(3).err())
                .contains("25 units");
    }

    @Test
    void normalisedWeightsCanBeMaskedAndCut() {
        Cli.model(model, Cli.NORMALISED);
        assertThat(Cli.run("inspect", model).ended(0).out()).containsPattern("w +\\S+ +channel +4");
        prune("--granularity", "channel", "--sparsity", "0.5").ended(0);
        assertThat(dims("w")).containsExactly(2L, 3L, 3L, 3L);
        var masked = folder.resolve("masked.onnx");
        Cli.run("prune", model, "-o", masked, "--granularity", "channel", "--sparsity", "0.5", "--mask-only")
                .ended(0);
        assertThat(Cli.relativeError(output, masked)).isLessThan(1e-6);
    }

    @Test
    void sizesThatAreNotCustomaryAreGiven() {
        Cli.model(model, """
                input x float[batch,samples]
                const axis int64[1] = 1
                const w1 float[16,1,4] seed 1
                const w2 float[8,16,4] seed 2
                u = Unsqueeze(x, axis)
                c1 = Conv(u, w1) strides=[4]
                c2 = Conv(c1, w2) strides=[4]
                y = Relu(c2)
                output y float[batch,8,steps]
                """);
        assertThat(prune("--granularity", "channel", "--max-macs", "0.5")
                        .ended(2)
                        .err())
                .contains("'x' leaves dimension 1 open", "give --shape x=");
        var given = prune("--granularity", "channel", "--max-macs", "0.5", "--shape", "x=1x160")
                .ended(0)
                .out();
        // 40 windows of 4 for each of 16 channels, then 10 windows of 64 for each of 8: 2560 + 5120.
        assertThat(given).containsPattern("macs +7,680 +3,840 +x0.500 +x 1x160");
        assertThat(dims("w1")).containsExactly(8L, 1L, 4L);
        assertThat(prune("--sparsity", "0.5", "--shape", "z=1x160").ended(2).err())
                .contains("no input 'z'", "[x]");
        assertThat(prune("--sparsity", "0.5", "--shape", "x=160").ended(2).err())
                .contains("'x' is declared as [batch,samples] and given as [160]");
        assertThat(Cli.run("inspect", model, "--shape", "x=1x160").ended(0).out())
                .contains("MACs 7,680");
        assertThat(Cli.run("inspect", model).ended(0).out())
                .contains("MACs not counted: input 'x' leaves dimension 1 open (give --shape x=1x...)");
        assertThat(Cli.run("inspect", model, "--shape", "x=160").ended(2).err()).contains("'x' is declared");
    }

    @Test
    void whatMakesNoSenseIsRefused() {
        prune("--granularity", "channel").ended(2);
        prune("--granularity", "channel", "--sparsity", "1").ended(2);
        prune("--granularity", "channel", "--sparsity", "0.5", "--criterion", "wanda")
                .ended(2);
        prune("--granularity", "channel", "--sparsity", "0.5", "--allocate", "lamp")
                .ended(2);
        prune("--granularity", "channel", "--sparsity", "0.5", "--max-macs", "0.5")
                .ended(2);
        prune("--sparsity", "0.5", "--round-to", "8").ended(2);
        prune("--sparsity", "0.5", "--mask-only").ended(2);
        prune("--granularity", "channel", "--sparsity", "0.5", "--mask-only", "--steps", "2")
                .ended(2);
        assertThat(output).doesNotExist();
    }

    @Test
    void channelsGoInStepsWithoutTraining() {
        prune("--granularity", "channel", "--sparsity", "0.75", "--schedule", "geometric", "--steps", "2")
                .ended(0);
        assertThat(dims("w2")).containsExactly(6L, 4L, 3L, 3L);
    }

    @Test
    void nothingIsRemovedByAShareOfZero() {
        prune("--granularity", "channel", "--sparsity", "0").ended(0);
        assertThat(output).hasSameBinaryContentAs(model);
    }

    @Test
    void aResidualBranchIsDroppedUnlessItIsTheLast() throws Exception {
        assertThat(prune("--granularity", "layer", "--sparsity", "0.9").ended(4).out())
                .contains("nothing was pruned");
        assertThat(dims("w2")).containsExactly(24L, 16L, 3L, 3L);
        var deeper = Cli.model(
                folder.resolve("deeper.onnx"),
                RESIDUAL.replace(
                                "g = GlobalAveragePool(s)",
                                "c5 = Conv(s, w5) name=\"last\"\n t = Add(c5, s)\n g = GlobalAveragePool(t)")
                        .replace("c1 = Conv", "const w5 float[16,16,1,1] fill 0.001\nc1 = Conv"));
        Cli.run("prune", deeper, "-o", output, "--granularity", "layer", "--sparsity", "0.5", "--json")
                .ended(0);
        assertThat(OnnxReader.read(output).graph().initializers())
                .extracting(Tensor::name)
                .contains("w2", "w3")
                .doesNotContain("w5");
        Cli.run("prune", deeper, "-o", output, "--granularity", "layer", "--sparsity", "0.5", "--mask-only")
                .ended(0);
        assertThat(Cli.zeros(output, "w5")).isEqualTo(256);
    }

    @Test
    void deadChannelsAreRemovedWhenAskedFor() {
        prune("--granularity", "row", "--sparsity", "0.5", "--only", "block/up", "--drop-dead")
                .ended(0);
        // Rows of zeros and no bias: these channels are zero for every input.
        assertThat(dims("w2")).containsExactly(12L, 16L, 3L, 3L);
        assertThat(dims("w3")).containsExactly(16L, 12L, 3L, 3L);
        assertThat(Cli.zeros(output, "w2")).isZero();
    }

    @Test
    void inspectShowsGroupsAndWhatBlocksThem() {
        var out = Cli.run("inspect", model).ended(0).out();
        assertThat(out).contains("w3@0").contains("w2@1r").contains("belongs to the model's output 'y'");
    }
}
