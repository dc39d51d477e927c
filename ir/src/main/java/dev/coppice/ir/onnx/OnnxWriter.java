package dev.coppice.ir.onnx;

import dev.coppice.ir.Model;
import dev.coppice.ir.Origins;
import dev.coppice.ir.UsageException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes ONNX files. Weights stream from where they are (usually the mapped input) to the output; masks put in their zeros on the
 * way, so that no second copy of the weights exists. A file appears under its name only when it is complete.
 */
public final class OnnxWriter {

    /** The format's own limit for one file: messages are smaller than 2 GiB. */
    private static final long LARGEST_FILE = Integer.MAX_VALUE;

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
        checkTarget(target);
        var dataFile = target.resolveSibling(target.getFileName() + ".data");
        var tensors = new TensorEncoder(dataFile.getFileName().toString(), false);
        var encoded = new ModelEncoder(model.origins(), tensors).model(model);
        if (encoded.size() > largest) {
            tensors = new TensorEncoder(dataFile.getFileName().toString(), true);
            encoded = new ModelEncoder(new Origins(), tensors).model(model);
        }
        var outputs = new ArrayList<Output>();
        outputs.add(new Output(target, encoded.parts()));
        if (!tensors.external().isEmpty()) {
            outputs.add(new Output(dataFile, tensors.external()));
        }
        return write(outputs);
    }

    private record Output(Path file, List<WireWriter.Part> parts) {}

    private static List<Path> write(List<Output> outputs) {
        var temporary = new ArrayList<Path>();
        try {
            for (var output : outputs) {
                var file = Files.createTempFile(output.file().getParent(), ".coppice-", ".tmp");
                temporary.add(file);
                PartsWriter.write(output.parts(), file);
            }
            for (int i = outputs.size() - 1; i >= 0; i--) {
                PartsWriter.publish(temporary.get(i), outputs.get(i).file());
            }
            return outputs.stream().map(Output::file).toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + outputs.getFirst().file() + ": " + e.getMessage(), e);
        } finally {
            temporary.forEach(PartsWriter::discard);
        }
    }

    private static void checkTarget(Path target) {
        if (Files.isDirectory(target)) {
            throw new UsageException(target + " is a directory", "name the file to write");
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
