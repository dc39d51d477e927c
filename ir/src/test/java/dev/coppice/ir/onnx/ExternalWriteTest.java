package dev.coppice.ir.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.Mask;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import dev.coppice.ir.testing.Dsl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExternalWriteTest {

    @TempDir
    private Path folder;

    @Test
    void alignedAndUnalignedTensorsKeepTheirElements() throws IOException {
        writeData("in.onnx.data", 3 * 4096);
        var in = write(
                HandMade.external("w", 100, "in.onnx.data", 0),
                HandMade.external("b", 100, "in.onnx.data", 1001),
                HandMade.external("c", 10, "in.onnx.data", 2048),
                HandMade.external("d", 50, "in.onnx.data", 8192));
        var out = rewritten(in);
        assertThat(offset(out, "b") % 64).as("unaligned before and after").isNotZero();
        assertThat(offset(out, "c") % 64).isZero();
        assertThat(offset(out, "d") % 4096).isZero();
        assertThat(Files.size(data(out))).isLessThanOrEqualTo(3 * 4096);
    }

    @Test
    void theDataFileNeverGrowsWhateverTheOrderOfTheTensors() throws IOException {
        writeData("in.onnx.data", 8592);
        var out = rewritten(write(
                HandMade.external("w", 100, "in.onnx.data", 8192),
                HandMade.external("small1", 10, "in.onnx.data", 1),
                HandMade.external("large", 500, "in.onnx.data", 4096),
                HandMade.external("small2", 10, "in.onnx.data", 64),
                HandMade.external("first", 5, "in.onnx.data", 0)));
        assertThat(Files.size(data(out))).isLessThanOrEqualTo(8592);
    }

    @Test
    void tensorsFromSeveralFilesGoIntoOneWithoutGaps() throws IOException {
        writeData("a.bin", 400);
        writeData("b.bin", 400);
        writeData("c.bin", 404);
        var out = rewritten(write(
                HandMade.external("w", 100, "a.bin", 0),
                HandMade.external("b", 100, "b.bin", 0),
                HandMade.external("c", 101, "c.bin", 0)));
        assertThat(Files.size(data(out))).isEqualTo(1204);
    }

    @Test
    void aSharedRegionIsStoredOnce() throws IOException {
        writeData("in.onnx.data", 400);
        var in = write(HandMade.external("w", 100, "in.onnx.data", 0), HandMade.external("v", 100, "in.onnx.data", 0));
        assertThat(Files.size(data(rewritten(in)))).isEqualTo(400);
    }

    @Test
    void aSharedRegionUnderEqualMasksIsStoredOnce() throws IOException {
        writeData("in.onnx.data", 400);
        var in = write(HandMade.external("w", 100, "in.onnx.data", 0), HandMade.external("v", 100, "in.onnx.data", 0));
        var out = folder.resolve("out.onnx");
        OnnxWriter.write(OnnxReader.read(in).mapTensors(tensor -> tensor.masked(evens(tensor))), out);
        assertThat(Files.size(data(out))).isEqualTo(400);
        assertPruned(in, out, List.of("w", "v"));
    }

    @Test
    void aSharedRegionUnderOneMaskIsSplit() throws IOException {
        writeData("in.onnx.data", 400);
        var in = write(HandMade.external("w", 100, "in.onnx.data", 0), HandMade.external("v", 100, "in.onnx.data", 0));
        var out = folder.resolve("out.onnx");
        OnnxWriter.write(
                OnnxReader.read(in)
                        .mapTensors(tensor -> tensor.name().equals("w") ? tensor.masked(evens(tensor)) : tensor),
                out);
        assertPruned(in, out, List.of("w"));
    }

    @Test
    void aModelCanBeWrittenOverItselfAndItsData() throws IOException {
        writeData("in.onnx.data", 400);
        var in = write(HandMade.external("w", 100, "in.onnx.data", 0));
        var before = OnnxReader.read(in);
        OnnxWriter.write(before, in);
        assertThat(Differences.between(before, OnnxReader.read(in))).isEmpty();
    }

    @Test
    void aModelAboveTheLimitMovesItsLargeTensorsOut() throws IOException {
        var model = Dsl.model("""
                const w float[100,100] seed 1
                const v float[3] = 1 2 3
                k = Constant() value=int64[2]{1,2}
                output w
                """);
        var out = folder.resolve("out.onnx");
        assertThat(OnnxWriter.write(model, out, 10_000)).containsExactly(out, data(out));
        assertThat(Files.size(out)).isLessThan(1_000);
        assertThat(Files.size(data(out))).isEqualTo(40_000);
        var read = OnnxReader.read(out);
        assertThat(Differences.between(model, read)).isEmpty();
        assertThat(read.graph().initializers().get(1).data()).isInstanceOf(TensorData.Bytes.class);
    }

    private Path rewritten(Path in) throws IOException {
        var out = folder.resolve("out.onnx");
        assertThat(OnnxWriter.write(OnnxReader.read(in), out)).containsExactly(out, data(out));
        assertThat(Differences.between(OnnxReader.read(in), OnnxReader.read(out)))
                .isEmpty();
        return out;
    }

    private static void assertPruned(Path in, Path out, List<String> names) {
        var expected = OnnxReader.read(in)
                .mapTensors(tensor -> names.contains(tensor.name()) ? HandMade.zeroed(tensor, evens(tensor)) : tensor);
        assertThat(Differences.between(expected, OnnxReader.read(out))).isEmpty();
    }

    private static Mask evens(Tensor tensor) {
        var mask = new Mask(tensor.size());
        for (long i = 0; i < tensor.size(); i += 2) {
            mask.prune(i);
        }
        return mask;
    }

    @SafeVarargs
    @SuppressWarnings("varargs")
    private final Path write(Consumer<WireWriter>... initializers) throws IOException {
        return Files.write(folder.resolve("in.onnx"), HandMade.model(initializers));
    }

    private void writeData(String name, int size) throws IOException {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        Files.write(folder.resolve(name), bytes);
    }

    private static Path data(Path model) {
        return OnnxReader.read(model).origins().files().get(1).path();
    }

    private static long offset(Path model, String name) {
        for (var tensor : OnnxReader.read(model).graph().initializers()) {
            if (tensor.name().equals(name) && tensor.data() instanceof TensorData.External external) {
                return external.offset();
            }
        }
        throw new AssertionError("no external tensor " + name);
    }
}
