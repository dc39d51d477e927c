package dev.coppice.pipeline.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes NumPy arrays and archives byte by byte. */
public final class NumpyFiles {

    private NumpyFiles() {}

    /** Returns an array in format {@code version}; {@code shape} is what stands between the parentheses. */
    public static byte[] npy(int version, String descr, String shape, ByteBuffer data) {
        var header = "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }\n".formatted(descr, shape);
        return npy(version, header, data);
    }

    public static byte[] npy(int version, String header, ByteBuffer data) {
        var text = header.getBytes(StandardCharsets.UTF_8);
        var out = ByteBuffer.allocate(12 + text.length + data.capacity()).order(ByteOrder.LITTLE_ENDIAN);
        out.put((byte) 0x93)
                .put("NUMPY".getBytes(StandardCharsets.US_ASCII))
                .put((byte) version)
                .put((byte) 0);
        if (version == 1) {
            out.putShort((short) text.length);
        } else {
            out.putInt(text.length);
        }
        out.put(text).put(data.duplicate().clear());
        return Arrays.copyOf(out.array(), out.position());
    }

    public static ByteBuffer data(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    public static ByteBuffer floatData(float... values) {
        var data = data(4 * values.length);
        data.asFloatBuffer().put(values);
        return data;
    }

    public static ByteBuffer longData(long... values) {
        var data = data(8 * values.length);
        data.asLongBuffer().put(values);
        return data;
    }

    /** Writes arrays by name. */
    public static Path npz(Path file, int method, Map<String, byte[]> arrays) throws IOException {
        try (var zip = new ZipOutputStream(Files.newOutputStream(file))) {
            for (var array : new TreeMap<>(arrays).entrySet()) {
                var entry = new ZipEntry(array.getKey() + ".npy");
                entry.setMethod(method);
                if (method == ZipEntry.STORED) {
                    var crc = new CRC32();
                    crc.update(array.getValue());
                    entry.setCrc(crc.getValue());
                    entry.setSize(array.getValue().length);
                }
                zip.putNextEntry(entry);
                zip.write(array.getValue());
                zip.closeEntry();
            }
        }
        return file;
    }
}
