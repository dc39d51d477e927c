package dev.coppice.pipeline.data;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Writes small data files for the tests of this package. */
public final class DataFilesTesting {

    private DataFilesTesting() {}

    /** Returns an IDX file of unsigned bytes. */
    public static byte[] idx(int[] dims, int... bytes) {
        var buffer = ByteBuffer.allocate(4 + 4 * dims.length + bytes.length);
        buffer.putInt(0x0800 + dims.length);
        for (int dim : dims) {
            buffer.putInt(dim);
        }
        for (int b : bytes) {
            buffer.put((byte) b);
        }
        return buffer.array();
    }

    /** Writes two test images and one image in each training batch; the red value of image row r is 10 r + 1. */
    public static void writeCifar10(Path folder) throws IOException {
        writeRows(folder.resolve("test_batch.png"), 2, 0);
        for (int i = 1; i <= 5; i++) {
            writeRows(folder.resolve("data_batch_" + i + ".png"), 1, i);
        }
        Files.writeString(folder.resolve("test_lables.json"), "[3,8]");
        Files.writeString(folder.resolve("train_lables.json"), "[1,2,3,4,5]");
    }

    private static void writeRows(Path file, int rows, int blue) throws IOException {
        var picture = new BufferedImage(1024, rows, BufferedImage.TYPE_INT_RGB);
        for (int row = 0; row < rows; row++) {
            for (int x = 0; x < 1024; x++) {
                picture.setRGB(x, row, (10 * row + 1) << 16 | (x % 32) << 8 | blue);
            }
        }
        ImageIO.write(picture, "png", file.toFile());
    }

    /** Writes a tokenizer of the words a, b and c (1, 2 and 3; others are 0) that truncates after four of them. */
    public static Path writeTokenizer(Path folder) throws IOException {
        var tokenizer = """
                {"version": "1.0",
                 "truncation": {"direction": "Right", "max_length": 4, "strategy": "LongestFirst", "stride": 0},
                 "padding": {"strategy": {"Fixed": 9}, "direction": "Right", "pad_to_multiple_of": null, "pad_id": 0,
                             "pad_type_id": 0, "pad_token": "?"},
                 "added_tokens": [], "normalizer": null, "pre_tokenizer": {"type": "Whitespace"},
                 "post_processor": null, "decoder": null,
                 "model": {"type": "WordLevel", "vocab": {"?": 0, "a": 1, "b": 2, "c": 3}, "unk_token": "?"}}
                """;
        return Files.writeString(folder.resolve("tokenizer.json"), tokenizer);
    }

    /** Writes windows of the ids 65535, 65534, ... */
    public static Path writeWindows(Path folder, int windows) throws IOException {
        var bytes = ByteBuffer.allocate(512 * windows).order(ByteOrder.LITTLE_ENDIAN);
        for (int id = 0xffff; bytes.hasRemaining(); id--) {
            bytes.putShort((short) id);
        }
        return Files.write(folder.resolve("windows.u16"), bytes.array());
    }
}
