package dev.coppice.pipeline.data;

import static dev.coppice.pipeline.data.DataTesting.assertBadInput;
import static dev.coppice.pipeline.data.DataTesting.floats;
import static dev.coppice.pipeline.data.DataTesting.input;
import static dev.coppice.pipeline.data.DataTesting.read;
import static dev.coppice.pipeline.data.DataTesting.tensor;
import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.DType;
import dev.coppice.ir.ValueInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenBatchesTest {

    private static final ValueInfo IDS = input("input_ids", DType.INT64, -1, -1);

    @TempDir
    private Path folder;

    private String spec(int windows) throws IOException {
        return "tokens:" + DataFilesTesting.writeWindows(folder, windows);
    }

    @Test
    void windowsAreUnsignedIdsOfEqualLength() throws IOException {
        var batches = read(spec(3), 2, IDS);
        assertThat(batches).extracting(Batch::samples).containsExactly(2, 1);
        var ids = tensor(batches.getFirst(), "input_ids");
        assertThat(ids.dims()).containsExactly(2L, 256L);
        assertThat(ids.toDoubles()).startsWith(65535, 65534).endsWith(65024);
        assertThat(batches.getLast().lengths()).containsExactly(256);
    }

    @Test
    void customaryInputsAreFilled() throws IOException {
        var batch = read(
                        spec(1),
                        1,
                        IDS,
                        input("attention_mask", DType.INT64, -1, -1),
                        input("token_type_ids", DType.INT32, -1, -1),
                        input("position_ids", DType.INT64, -1, -1))
                .getFirst();
        assertThat(tensor(batch, "attention_mask").toFloats()).containsOnly(1);
        assertThat(tensor(batch, "token_type_ids").toFloats()).containsOnly(0);
        assertThat(tensor(batch, "position_ids").toFloats()).startsWith(0, 1, 2).endsWith(255);
    }

    @Test
    void otherInputsAndLengthsAreRefused() throws IOException {
        assertBadInput("none that tokens can feed", spec(1), IDS, input("past", DType.FLOAT, -1, 1, 1, 1));
        assertBadInput("none that tokens can feed", spec(1), floats(-1, 256));
        assertBadInput("no input for token ids", spec(1), input("attention_mask", DType.INT64, -1, -1));
        assertBadInput("256 tokens for a model of 128", spec(1), input("input_ids", DType.INT64, -1, 128));
    }

    @Test
    void aFileOfAnotherLengthIsRefused() throws IOException {
        var file = Files.write(folder.resolve("odd.u16"), new byte[513]);
        assertBadInput("513 bytes, no multiple of 512", "tokens:" + file, IDS);
        assertBadInput("0 bytes", "tokens:" + Files.write(folder.resolve("empty.u16"), new byte[0]), IDS);
    }
}
