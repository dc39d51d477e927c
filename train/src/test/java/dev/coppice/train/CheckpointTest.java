package dev.coppice.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointTest {

    @TempDir
    private Path folder;

    private Path file;
    private final byte[] bytes = {0, 0, -128, 63, 0, 0, 0, -64, 1, 2, 3, 4};

    @BeforeEach
    void write() {
        file = folder.resolve("c.safetensors");
        var weights = Tensor.of("w", DType.FLOAT, List.of(3L), new TensorData.Bytes(MemorySegment.ofArray(bytes)));
        var mask =
                Tensor.of("m", DType.BOOL, List.of(2L), new TensorData.Bytes(MemorySegment.ofArray(new byte[] {1, 0})));
        new Checkpoint(Map.of("step", "7"), Map.of("w", weights, "m", mask)).write(file);
    }

    @Test
    void whatIsReadIsWhatWasWritten() {
        var read = Checkpoint.read(file);
        assertThat(read.notes()).containsEntry("step", "7");
        assertThat(read.tensors()).containsOnlyKeys("w", "m");
        var weights = read.tensors().get("w");
        assertThat(weights.dims()).containsExactly(3L);
        assertThat(Elements.bytes(weights).toArray(ValueLayout.JAVA_BYTE)).isEqualTo(bytes);
        assertThat(read.tensors().get("m").type()).isEqualTo(DType.BOOL);
    }

    @Test
    void everyTruncationIsFound() throws IOException {
        var whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, java.util.Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> Checkpoint.read(file)).isInstanceOf(BadInputException.class);
        }
    }

    @Test
    void everyFlippedBitIsFound() throws IOException {
        var whole = Files.readAllBytes(file);
        for (int bit = 0; bit < 8 * whole.length; bit++) {
            var changed = whole.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            Files.write(file, changed);
            assertThatThrownBy(() -> Checkpoint.read(file)).as("bit %d", bit).isInstanceOf(BadInputException.class);
        }
    }

    @Test
    void bytesBehindTheEndAreFound() throws IOException {
        Files.write(file, new byte[] {0}, StandardOpenOption.APPEND);
        assertThatThrownBy(() -> Checkpoint.read(file)).isInstanceOf(BadInputException.class);
    }

    @Test
    void aFailedWriteLeavesTheOldFile() throws IOException {
        var before = Files.readAllBytes(file);
        var closed = MemorySegment.ofArray(new byte[4]);
        var broken = Tensor.of("w", DType.FLOAT, List.of(1L), new TensorData.Bytes(closed));
        var readOnly = folder.resolve("missing/c.safetensors");
        assertThatThrownBy(() -> new Checkpoint(Map.of(), Map.of("w", broken)).write(readOnly))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("checkpoint");
        assertThat(file).hasBinaryContent(before);
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }
}
