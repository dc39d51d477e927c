package dev.coppice.ir.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.Elements;
import dev.coppice.ir.Mask;
import dev.coppice.ir.Model;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.testing.Dsl;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MaskedWriteTest {

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"float", "double", "float16", "bfloat16"})
    void prunedElementsAreZeroAndTheOthersUntouched(String type) throws IOException {
        var model = Dsl.model("""
                input x float[1,3,8,8]
                const w %s[7,3,3,3] seed 1
                y = Conv(x, w)
                output y
                """.formatted(type));
        check(Files.write(folder.resolve("in.onnx"), Encoded.bytes(model)));
    }

    @Test
    void masksOfMoreThanAStepOfTheWriterAreAppliedWhole() throws IOException {
        var model = Dsl.model("const w float[300,401] seed 2\noutput w");
        check(Files.write(folder.resolve("in.onnx"), Encoded.bytes(model)));
        var half = Dsl.model("const w float16[300,401] seed 2\noutput w");
        check(Files.write(folder.resolve("in.onnx"), Encoded.bytes(half)));
    }

    @Test
    void tensorsOfConstantNodesArePruned() throws IOException {
        var model = Dsl.model("k = Constant() value=float[5]{1,2,3,4,5}\noutput k float[5]");
        check(Files.write(folder.resolve("in.onnx"), Encoded.bytes(model)));
    }

    /** Type code, field, whether the field's numbers have a fixed width, bytes of an element. */
    @ParameterizedTest
    @CsvSource({"1,4,true,4", "11,10,true,8", "10,5,false,2", "16,5,false,2"})
    void elementsInTypedFieldsArePruned(int type, int field, boolean fixed, int width) throws IOException {
        var random = new Random(3);
        var elements = ByteBuffer.allocate(50 * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < 50; i++) {
            if (!fixed) {
                HandMade.varint(Float.floatToFloat16(random.nextFloat()) & 0xffff, elements);
            } else if (width == Float.BYTES) {
                elements.putFloat(random.nextFloat());
            } else {
                elements.putDouble(random.nextDouble());
            }
        }
        check(Files.write(folder.resolve("in.onnx"), HandMade.model(tensor -> {
            tensor.number(1, 50);
            tensor.number(2, type);
            tensor.string(8, "w");
            tensor.bytes(field, HandMade.written(elements));
        })));
    }

    @Test
    void masksAddUp() {
        var tensor = Dsl.model("const w float[3] = 1 2 3\noutput w")
                .graph()
                .initializers()
                .getFirst();
        var first = new Mask(3);
        first.prune(0);
        var second = new Mask(3);
        second.prune(2);
        float[] values = new float[3];
        Elements.floats(tensor.masked(first).masked(second), 0, values, 3);
        assertThat(values).containsExactly(0, 2, 0);
    }

    /** Prunes a random half of every prunable tensor, writes, reads, compares all bytes and the size. */
    private void check(Path in) throws IOException {
        var original = OnnxReader.read(in);
        var pruned = original.mapTensors(tensor -> tensor.masked(half(tensor)));
        var out = folder.resolve("out.onnx");
        OnnxWriter.write(pruned, out);
        assertThat(Files.size(out)).isLessThanOrEqualTo(Files.size(in));
        var written = OnnxReader.read(out);
        assertThat(Differences.between(naively(original), written)).isEmpty();
        assertThat(Differences.between(original, written)).isNotEmpty();
    }

    private static Mask half(Tensor tensor) {
        var random = new Random(tensor.size());
        var mask = new Mask(tensor.size());
        for (long i = 0; i < tensor.size(); i++) {
            if (random.nextBoolean()) {
                mask.prune(i);
            }
        }
        return mask;
    }

    private static Model naively(Model model) {
        return model.mapTensors(tensor -> HandMade.zeroed(tensor, half(tensor)));
    }
}
