package dev.coppice.ir.onnx;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.coppice.ir.Model;
import dev.coppice.ir.Origins;
import dev.coppice.ir.UsageException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Writes ONNX files. Weights stream from where they are (usually the mapped input) to the output; masks put in their zeros on the
 * way, so that no second copy of the weights exists. A file appears under its name only when it is complete.
 */
public final class OnnxWriter {

    /** The format's own limit for one file: messages are smaller than 2 GiB. */
    private static final long LARGEST_FILE = Integer.MAX_VALUE;

    /** What file systems take (255), less the ending of the data file. */
    private static final int LONGEST_NAME = 250;

    private OnnxWriter() {}

    /**
     * Writes the model. Tensors with external data go into {@code <name>.data} beside it, and all large tensors do when the file
     * would exceed 2 GiB otherwise.
     *
     * @return the files written, the model first
     * @throws UsageException when the directory does not exist
     * @throws UncheckedIOException when writing fails; nothing is left behind
     */
    public static List<Path> write(Model model, Path file) {
        return write(model, file, LARGEST_FILE);
    }

    static List<Path> write(Model model, Path file, long largest) {
        var target = file.toAbsolutePath();
        requireWritable(target);
        var outputs = encode(model, model.origins(), target, false);
        if (outputs.getFirst().size() > largest) {
            outputs = encode(model, new Origins(), target, true);
        }
        return write(outputs);
    }

    /**
     * Writes the model into memory, for runtimes that read it from there.
     *
     * @return the bytes of the file; empty for a model that needs a second file: one with external data, or too large for one
     */
    public static Optional<MemorySegment> write(Model model, SegmentAllocator memory) {
        var outputs = encode(model, model.origins(), Path.of("memory").toAbsolutePath(), false);
        long size = outputs.getFirst().size();
        if (outputs.size() > 1 || size > LARGEST_FILE) {
            return Optional.empty();
        }
        var bytes = memory.allocate(size, Long.BYTES);
        try {
            PartsWriter.write(outputs.getFirst().parts(), bytes);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write a model into memory", e);
        }
        return Optional.of(bytes);
    }

    /** Encodes twice where there are external data: their places are known only when all of them are. */
    private static List<Output> encode(Model model, Origins origins, Path target, boolean moveLarge) {
        var dataFile = target.resolveSibling(target.getFileName() + ".data");
        var layout = new ExternalLayout();
        var tensors = new TensorEncoder(dataFile.getFileName().toString(), moveLarge, layout);
        var encoder = new ModelEncoder(origins, tensors);
        var encoded = encoder.model(model);
        if (layout.isEmpty()) {
            return List.of(new Output(target, encoded.parts()));
        }
        var external = new Output(dataFile, layout.arrange());
        return List.of(new Output(target, encoder.model(model).parts()), external);
    }

    private record Output(Path file, List<WireWriter.Part> parts) {

        long size() {
            return parts.stream().mapToLong(WireWriter.Part::size).sum();
        }
    }

    private static List<Path> write(List<Output> outputs) {
        var temporary = new ArrayList<Path>();
        try {
            for (var output : outputs) {
                var file = temporary(output.file());
                temporary.add(file);
                PartsWriter.write(output.parts(), file);
            }
            for (int i = outputs.size() - 1; i >= 0; i--) {
                PartsWriter.publish(temporary.get(i), outputs.get(i).file());
            }
            return outputs.stream().map(Output::file).toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + outputs.getFirst().file() + ": " + e, e);
        } finally {
            temporary.forEach(PartsWriter::discard);
        }
    }

    /** Makes an empty file beside the target; it also goes when the JVM is stopped (Ctrl-C) before it got its name. */
    private static Path temporary(Path target) throws IOException {
        var name = ".coppice-%d-%x.tmp".formatted(ProcessHandle.current().pid(), System.nanoTime());
        var file = Files.createFile(target.resolveSibling(name));
        file.toFile().deleteOnExit();
        return file;
    }

    /**
     * Says early, before any work is done, that a file cannot be written.
     *
     * @throws UsageException when it is a directory or its name is too long, or its directory is missing or not writable
     */
    public static void requireWritable(Path file) {
        var target = file.toAbsolutePath();
        if (target.getFileName() != null && target.getFileName().toString().getBytes(UTF_8).length > LONGEST_NAME) {
            throw new UsageException("the name of the output is too long", "shorten it to " + LONGEST_NAME + " bytes");
        }
        if (Files.isDirectory(target)) {
            throw new UsageException(target + " is a directory", "name the file to write");
        }
        if (Files.exists(target) && !Files.isRegularFile(target)) {
            throw new UsageException(target + " is not a regular file", "name an ordinary file to write");
        }
        var parent = target.getParent();
        if (parent == null || !Files.isDirectory(parent)) {
            throw new UsageException("the directory " + parent + " does not exist", "create it first");
        }
        if (!Files.isWritable(parent)) {
            throw new UsageException("cannot write into " + parent, "check its permissions, or choose another output");
        }
    }
}
