package dev.coppice.bench.ocr;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes painted lines as a NumPy archive of one float32 array [lines, 3, height, width], format version 1.0. */
final class LineArchive {

    private static final int ALIGNMENT = 64; // numpy/lib/format.py

    private LineArchive() {}

    /** Paints the texts one by one into array {@code input} of {@code file}; an interrupted run leaves no such file. */
    static void write(Path file, String input, List<String> texts, LinePainter painter) throws IOException {
        var beside = file.resolveSibling(file.getFileName() + ".part");
        try (var zip = new ZipOutputStream(new BufferedOutputStream(Files.newOutputStream(beside)))) {
            zip.setLevel(Deflater.BEST_SPEED);
            zip.putNextEntry(new ZipEntry(input + ".npy"));
            zip.write(header(texts.size()));
            for (var text : texts) {
                write(zip, painter.paint(text));
            }
            zip.closeEntry();
        }
        Files.move(beside, file, StandardCopyOption.REPLACE_EXISTING);
    }

    private static byte[] header(int lines) {
        var dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, 3, %d, %d), }"
                .formatted(lines, LinePainter.HEIGHT, LinePainter.WIDTH);
        int fixed = 10; // magic, version, length
        int length = Math.ceilDiv(fixed + dictionary.length() + 1, ALIGNMENT) * ALIGNMENT - fixed;
        var header = ByteBuffer.allocate(fixed + length).order(ByteOrder.LITTLE_ENDIAN);
        header.put((byte) 0x93).put("NUMPY".getBytes(StandardCharsets.US_ASCII));
        header.put((byte) 1).put((byte) 0).putShort((short) length);
        header.put(dictionary.getBytes(StandardCharsets.US_ASCII));
        while (header.remaining() > 1) {
            header.put((byte) ' ');
        }
        return header.put((byte) '\n').array();
    }

    private static void write(OutputStream to, float[] values) throws IOException {
        var bytes = ByteBuffer.allocate(Float.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        to.write(bytes.array());
    }
}
