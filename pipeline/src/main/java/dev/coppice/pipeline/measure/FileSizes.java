package dev.coppice.pipeline.measure;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Model;
import dev.coppice.ir.TensorData;
import dev.coppice.ir.host.Parallel;
import dev.coppice.ir.onnx.OnnxReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.Deflater;

/** Measures what a model takes on disk, files of external data included. */
public final class FileSizes {

    /** Small enough to share among cores, large enough that a new dictionary costs less than a thousandth. */
    private static final int MEMBER = 4 << 20;

    /** Header and trailer of a gzip member (RFC 1952). */
    private static final int MEMBER_FRAME = 18;

    private static final int LEVEL = 6;

    private FileSizes() {}

    /**
     * Returns the model's file and the files that its tensors lie in.
     *
     * @throws BadModelException when it cannot be read
     */
    public static List<Path> files(Path model) {
        return files(model, OnnxReader.read(model));
    }

    private static List<Path> files(Path model, Model content) {
        var locations = new LinkedHashSet<String>();
        // Visits every dense constant, inside bodies too; nothing is changed.
        content.mapTensors(tensor -> {
            if (tensor.data() instanceof TensorData.External external) {
                locations.add(external.location());
            }
            return tensor;
        });
        var files = new ArrayList<Path>();
        files.add(model);
        locations.forEach(location -> files.add(model.resolveSibling(location)));
        return files;
    }

    /** Returns the bytes of all files of a model. */
    public static long bytes(Path model) {
        return bytes(files(model));
    }

    /** Returns the bytes of all files of a model that has been read from {@code model}. */
    public static long bytes(Path model, Model content) {
        return bytes(files(model, content));
    }

    /** Returns the bytes of some files together. */
    public static long bytes(List<Path> files) {
        return files.stream().mapToLong(FileSizes::size).sum();
    }

    /** Returns the bytes of all files of a model after gzip at level 6, in members of 4 MiB. */
    public static long gzipBytes(Path model, Parallel parallel) {
        return files(model).stream()
                .mapToLong(file -> gzippedFile(file, parallel))
                .sum();
    }

    private static long gzippedFile(Path file, Parallel parallel) {
        int members = Math.toIntExact(Math.ceilDiv(size(file), (long) MEMBER));
        var sum = new AtomicLong();
        try (var channel = FileChannel.open(file)) {
            parallel.forEach(members, () -> member -> sum.addAndGet(gzipped(file, channel, (long) member * MEMBER)));
            return sum.get();
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static long gzipped(Path file, FileChannel channel, long from) {
        var bytes = ByteBuffer.allocate(MEMBER);
        try {
            while (bytes.hasRemaining()) {
                if (channel.read(bytes, from + bytes.position()) < 0) {
                    break;
                }
            }
        } catch (IOException e) {
            throw unreadable(file, e);
        }
        try (var deflater = new Deflater(LEVEL, true)) {
            deflater.setInput(bytes.flip());
            deflater.finish();
            var sink = new byte[1 << 16];
            while (!deflater.finished()) {
                deflater.deflate(sink);
            }
            return MEMBER_FRAME + deflater.getBytesWritten();
        }
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static BadModelException unreadable(Path file, IOException e) {
        return new BadModelException("cannot read " + file + ": " + e.getMessage(), "check the path", e);
    }
}
