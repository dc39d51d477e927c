package dev.coppice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Node;
import dev.coppice.ir.onnx.OnnxReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompressCommandTest {

    /** Int8 destroys the second layer: one weight of each column is 1e5 times the others, and what it multiplies is always zero. */
    private static final String FRAGILE = """
            input x float[batch,4]
            const w1 float[4,4] = 0 1 2 3 0 -1 1 2 0 2 -2 1 0 1 1 -1
            const w2 float[4,3] = 1e5 1e5 1e5 0.1 0.2 -0.3 0.3 -0.1 0.2 0.1 0.1 -0.2
            h = MatMul(x, w1) name="robust"
            y = MatMul(h, w2) name="fragile"
            output y float[batch,3]
            """;

    @TempDir
    private Path folder;

    private Path model;
    private Path output;

    @BeforeEach
    void writeModel() {
        model = Cli.model(folder.resolve("m.onnx"), Cli.CNN);
        output = folder.resolve("c.onnx");
    }

    private Cli.Outcome run(String command, Object... more) {
        var args = new ArrayList<Object>(List.of(command, model, "-o", output));
        args.addAll(Arrays.asList(more));
        return Cli.run(args.toArray());
    }

    private static List<String> operators(Path file) {
        return OnnxReader.read(file).graph().nodes().stream().map(Node::opType).toList();
    }

    private static List<?> nodes(Object layers) {
        return ((List<?>) layers)
                .stream().map(layer -> ((Map<?, ?>) layer).get("node")).toList();
    }

    private Path samples() {
        var data = ByteBuffer.allocate(64 * 4 * 4).order(ByteOrder.LITTLE_ENDIAN);
        var random = new SplittableRandom(1);
        while (data.hasRemaining()) {
            data.putFloat((float) random.nextGaussian());
        }
        var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (64, 4), }\n";
        var npy = ByteBuffer.allocate(10 + header.length() + data.capacity()).order(ByteOrder.LITTLE_ENDIAN);
        npy.put((byte) 0x93)
                .put("NUMPY".getBytes(StandardCharsets.US_ASCII))
                .put((byte) 1)
                .put((byte) 0);
        npy.putShort((short) header.length())
                .put(header.getBytes(StandardCharsets.US_ASCII))
                .put(data.flip());
        var file = folder.resolve("x.npz");
        try (var zip = new ZipOutputStream(Files.newOutputStream(file))) {
            zip.putNextEntry(new ZipEntry("x.npy"));
            zip.write(npy.array());
            zip.closeEntry();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return file;
    }

    @Test
    void dynamicInt8TellsWhatBecameOfEachLayer() {
        var receipt = run("compress", "--int8", "dynamic", "--json").ended(0).json();
        var int8 = (Map<?, ?>) receipt.get("int8");
        assertThat(nodes(int8.get("layers"))).isEqualTo(List.of("classifier"));
        assertThat(nodes(int8.get("in-float"))).isEqualTo(List.of("conv1"));
        assertThat(operators(output))
                .contains("DynamicQuantizeLinear", "MatMulInteger", "Conv")
                .doesNotContain("Gemm");
        assertThat(((Map<?, ?>) receipt.get("before")).get("parameters")).isEqualTo(216L + 5120 + 10);
        assertThat(((Map<?, ?>) receipt.get("after")).get("parameters")).isEqualTo(216L + 5120 + 10);
    }

    private void writeDigitsModel() {
        model = Cli.model(
                folder.resolve("d.onnx"),
                Cli.CNN.replace("batch,3,8,8", "batch,1,8,8").replace("8,3,3,3", "8,1,3,3"));
    }

    @Test
    void staticInt8CalibratesOnDataAndTakesConvolutionsToo() {
        writeDigitsModel();
        var receipt = run("compress", "--int8", "static", "--data", "digits", "--int8-calibrate", 32, "--json")
                .ended(0)
                .json();
        assertThat(nodes(((Map<?, ?>) receipt.get("int8")).get("layers"))).isEqualTo(List.of("conv1", "classifier"));
        assertThat(operators(output)).contains("QuantizeLinear").doesNotContain("Relu");
    }

    @Test
    void anUnknownWayToFindRangesIsRefusedWithTheOnesThereAre() {
        writeDigitsModel();
        assertThat(run("compress", "--int8", "static", "--data", "digits", "--int8-ranges", "max")
                        .ended(2)
                        .err())
                .contains("percentile, mse or minmax");
    }

    @Test
    void theReceiptOfPeopleNamesLayersAndReasons() {
        assertThat(run("compress", "--int8", "dynamic").ended(0).out())
                .contains("1 layers in int8, 1 in float", "classifier", "conv1", "--int8 static");
    }

    @Test
    void nothingToQuantizeEndsWithFour() {
        assertThat(run("compress", "--int8", "dynamic", "--keep", "*").ended(4).out())
                .contains("nothing became int8", "kept in float as asked");
        assertThat(output).hasSameBinaryContentAs(model);
    }

    @Test
    void withoutInt8ItSaysWhatThereIs() {
        assertThat(run("compress").ended(2).err()).contains("--int8 dynamic");
        assertThat(run("compress", "--int8", "int4").ended(2).err()).contains("dynamic or static");
        assertThat(run("compress", "--int8", "dynamic", "--max-drop", "0.1")
                        .ended(2)
                        .err())
                .contains("data");
        assertThat(run("prune", "--sparsity", "0.5", "--seven-bit", "yes")
                        .ended(2)
                        .err())
                .contains("int8");
    }

    @Test
    void sevenBitWeightsLieWithinSixtyThree() {
        run("compress", "--int8", "dynamic", "--seven-bit", "yes").ended(0);
        var values = OnnxReader.read(output).graph().initializers().stream()
                .filter(tensor -> tensor.type() == DType.INT8)
                .findFirst()
                .orElseThrow();
        assertThat(Arrays.stream(Elements.longs(values)).map(Math::abs).max()).hasValue(63);
    }

    @Test
    void prunedZerosStayZerosInOneCommand() {
        var receipt = run("prune", "--granularity", "2:4", "--int8", "dynamic", "--json")
                .ended(0)
                .json();
        var layer = (Map<?, ?>) ((List<?>) ((Map<?, ?>) receipt.get("int8")).get("layers")).getFirst();
        assertThat((long) layer.get("zeros")).isGreaterThanOrEqualTo(2560);
        var weight = OnnxReader.read(output).graph().initializers().stream()
                .filter(tensor -> tensor.type() == DType.INT8)
                .findFirst()
                .orElseThrow();
        var values = Elements.longs(weight);
        for (int column = 0; column < 10; column++) {
            for (int row = 0; row < 512; row += 4) {
                long zeros = 0;
                for (int i = row; i < row + 4; i++) {
                    zeros += values[i * 10 + column] == 0 ? 1 : 0;
                }
                assertThat(zeros).isGreaterThanOrEqualTo(2);
            }
        }
    }

    @Test
    void aQuantizedModelIsNotPruned() {
        run("compress", "--int8", "dynamic").ended(0);
        var pruned = folder.resolve("p.onnx");
        assertThat(Cli.run("prune", output, "-o", pruned, "--sparsity", "0.5")
                        .ended(3)
                        .err())
                .contains("is quantized", "classifier", "prune or train the float model first");
        assertThat(pruned).doesNotExist();
    }

    @Test
    void theMostSensitiveLayerStaysInFloatForTheQuality() {
        model = Cli.model(folder.resolve("fragile.onnx"), FRAGILE);
        var lost = run("compress", "--int8", "dynamic", "--data", "npz:" + samples(), "--json")
                .ended(0)
                .json();
        assertThat((double) ((Map<?, ?>) lost.get("after")).get("cosine")).isLessThan(0.5);
        var kept = run("compress", "--int8", "dynamic", "--data", "npz:" + samples(), "--max-drop", "0.01", "--json")
                .ended(0)
                .json();
        assertThat((double) ((Map<?, ?>) kept.get("after")).get("cosine")).isGreaterThan(0.99);
        var int8 = (Map<?, ?>) kept.get("int8");
        assertThat(nodes(int8.get("layers"))).isEqualTo(List.of("robust"));
        assertThat(nodes(int8.get("in-float"))).isEqualTo(List.of("fragile"));
        assertThat(kept.get("notes").toString()).contains("1 of 2 layers were left in float", "cosine");
    }

    @Test
    void theShippedRecipeIsValidAndOptionsGoOverIt() {
        var recipe = Path.of("..", "recipes", "encoder-cpu.yaml");
        var settings = Cli.run(
                        "run",
                        recipe,
                        "--model",
                        model,
                        "-o",
                        output,
                        "--data",
                        "text:lines.txt",
                        "--tokenizer",
                        "t.json",
                        "--max-macs",
                        "0.4",
                        "--print-recipe",
                        "--json")
                .ended(0)
                .json();
        assertThat(settings.get("max-macs")).isEqualTo(0.4);
        assertThat(settings.get("int8")).isEqualTo("dynamic");
        assertThat(settings.get("granularity")).isEqualTo("channel+head");
    }

    @Test
    void inspectShowsBitsAndPatternOfQuantizedWeights() {
        run("prune", "--granularity", "2:4", "--int8", "dynamic").ended(0);
        var quantized =
                (List<?>) Cli.run("inspect", output, "--json").ended(0).json().get("quantized");
        assertThat(quantized).hasSize(1);
        var weight = (Map<?, ?>) quantized.getFirst();
        assertThat(weight.get("bits")).isEqualTo(8L);
        assertThat(weight.get("size")).isEqualTo(5120L);
        assertThat(weight.get("pattern")).isEqualTo("2:4");
        assertThat(Cli.run("inspect", output).ended(0).out()).contains("8, 2:4", "prune the float model first");
    }

    @Test
    void inspectFindsWeightsBehindDequantizeLinear() {
        model = Cli.model(folder.resolve("qdq.onnx"), """
                input x float[batch,4]
                const w int8[4,4] = 1 0 3 0 5 0 0 8 0 0 0 12 0 14 15 0
                const s float[4] fill 0.5
                const z int8[4] fill 0
                const e uint8[4,2] fill 7
                const es float[] = 0.5
                const ez uint8[] = 7
                d = DequantizeLinear(w, s, z)
                f = DequantizeLinear(e, es, ez)
                h = MatMul(x, d) name="signed"
                y = MatMul(h, f) name="unsigned"
                output y float[batch,2]
                """);
        var document = Cli.run("inspect", model, "--json").ended(0).json();
        var quantized = (List<?>) document.get("quantized");
        assertThat(quantized).hasSize(2);
        assertThat(((Map<?, ?>) quantized.get(0)).get("zeros")).isEqualTo(9L);
        assertThat(((Map<?, ?>) quantized.get(0)).get("pattern")).isEqualTo("2:4");
        assertThat(((Map<?, ?>) quantized.get(1)).get("zeros")).isEqualTo(8L);
        assertThat(document.get("parameters")).isEqualTo(24L);
        assertThat(document.get("non-zeros")).isEqualTo(7L);
    }

    @Test
    void theEstimateOfInt8AloneIsCloseToTheFile() throws IOException {
        model = Cli.model(folder.resolve("encoder.onnx"), """
                input ids int64[batch,4]
                const table float[500,64] seed 1
                const w float[64,256] seed 2
                e = Gather(table, ids)
                y = MatMul(e, w)
                output y float[batch,4,256]
                """);
        var receipt = run("prune", "--sparsity", "0.5", "--int8", "dynamic", "--int8-embeddings", "--json")
                .ended(0)
                .json();
        long estimate = (long) ((Map<?, ?>) receipt.get("int8-alone")).get("bytes");
        run("compress", "--int8", "dynamic", "--int8-embeddings").ended(0);
        assertThat((double) estimate / Files.size(output)).isBetween(0.95, 1.05);
    }
}
