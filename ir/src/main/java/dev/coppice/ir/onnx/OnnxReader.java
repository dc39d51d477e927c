package dev.coppice.ir.onnx;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Model;
import dev.coppice.ir.Origins;
import dev.coppice.ir.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Reads ONNX files. The file is mapped, not copied: weights are slices of it, so a model of any size costs little heap. What is
 * read is checked at once ({@link dev.coppice.ir.edit.Invariants}).
 */
public final class OnnxReader {

    private OnnxReader() {}

    /**
     * Reads a model and maps its external data, which must lie in the model's own directory.
     *
     * @throws BadModelException when the file is missing, no ONNX model, damaged or inconsistent; the message says where
     */
    public static Model read(Path file) {
        var origins = new Origins();
        var bytes = ExternalData.map(file, origins);
        try {
            var model = read(bytes, file.toAbsolutePath().getParent(), origins);
            requireTogether(origins);
            return model;
        } catch (InternalError e) {
            throw new BadModelException(file + " was cut off while it was read", "let nothing write to it", e);
        } catch (BadModelException e) {
            throw new BadModelException(file + ": " + e.getMessage(), hint(bytes, e), e);
        }
    }

    /** Reads a model from memory; external data are looked for in {@code directory}. Errors as in {@link #read(Path)}. */
    public static Model read(MemorySegment bytes, @Nullable Path directory) {
        return read(bytes, directory, new Origins());
    }

    private static Model read(MemorySegment bytes, @Nullable Path directory, Origins origins) {
        if (bytes.byteSize() == 0) {
            throw new BadModelException("the file is empty", WireReader.DAMAGED);
        }
        var decoder = new ModelDecoder(new TensorDecoder(new ExternalData(directory, origins)), origins);
        return decoder.model(new WireReader(bytes));
    }

    /** Reads one tensor from a file of its own (a serialized {@code TensorProto}). Errors as in {@link #read(Path)}. */
    public static Tensor readTensor(Path file) {
        var origins = new Origins();
        var bytes = ExternalData.map(file, origins);
        try {
            var decoder =
                    new TensorDecoder(new ExternalData(file.toAbsolutePath().getParent(), origins));
            return decoder.tensor(new WireReader(bytes));
        } catch (BadModelException e) {
            throw new BadModelException(file + ": " + e.getMessage(), hint(bytes, e), e);
        }
    }

    /** A model and its data belong together only if none of them was replaced while they were opened. */
    private static void requireTogether(Origins origins) {
        for (var file : origins.files()) {
            if (!file.isThere()) {
                throw new BadModelException(
                        file.path().getFileName() + " was replaced while the model was read", "try again");
            }
        }
    }

    private static String hint(MemorySegment bytes, BadModelException e) {
        long probe = Math.min(bytes.byteSize(), 64);
        for (long i = 0; i < probe; i++) {
            byte b = bytes.get(ValueLayout.JAVA_BYTE, i);
            boolean text = (b >= ' ' && b < 127) || b == '\n' || b == '\r' || b == '\t';
            if (!text) {
                return e.hint();
            }
        }
        return probe == 0 ? e.hint() : "this looks like a text file, not an ONNX model";
    }
}
