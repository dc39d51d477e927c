package dev.coppice.ir.onnx;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Origins;
import dev.coppice.ir.SourceFile;
import dev.coppice.ir.TensorData;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Maps the files beside a model that hold its large tensors, and never a file outside the model's own directory. */
final class ExternalData {

    private static final String CONTAINED = "external data must be files inside the model's own directory";

    private final @Nullable Path directory;
    private final Origins origins;
    private final Map<String, MemorySegment> mapped = new HashMap<>();

    /** @param origins where the files that are mapped are recorded */
    ExternalData(@Nullable Path directory, Origins origins) {
        this.directory = directory;
        this.origins = origins;
    }

    /**
     * Returns the {@code length} bytes from {@code offset} on of the file {@code location}.
     *
     * @param tensor which tensor they belong to and where it stands, for error messages
     * @throws BadModelException when the location leaves the directory (also through links), the file is missing or too short
     */
    TensorData.External read(String tensor, String location, long offset, long length) {
        var file = mapped.computeIfAbsent(location, l -> map(resolve(tensor, l), origins));
        if (offset < 0 || length < 0 || offset > file.byteSize() || length > file.byteSize() - offset) {
            throw new BadModelException(
                    "%s claims %d bytes from byte %d on of '%s', which has %d"
                            .formatted(tensor, length, offset, location, file.byteSize()),
                    "the external data file is truncated or belongs to another model");
        }
        return new TensorData.External(location, offset, file.asSlice(offset, length));
    }

    private Path resolve(String tensor, String location) {
        var what = "%s lies in '%s'".formatted(tensor, location);
        if (directory == null) {
            throw new BadModelException(what + ", but the model is not in a directory", CONTAINED);
        }
        Path root;
        Path file;
        try {
            root = directory.toRealPath();
            file = root.resolve(location).normalize();
        } catch (InvalidPathException | IOException e) {
            throw new BadModelException(what + ", which is no valid path", CONTAINED, e);
        }
        if (location.isEmpty() || !file.startsWith(root) || file.equals(root)) {
            throw new BadModelException(what + ", outside the model's directory", CONTAINED);
        }
        if (!Files.exists(file)) {
            throw new BadModelException(what + ", which does not exist", "put the external data file beside the model");
        }
        try {
            if (!file.toRealPath().startsWith(root)) {
                throw new BadModelException(what + ", a link out of the model's directory", CONTAINED);
            }
        } catch (IOException e) {
            throw new BadModelException(what + ", which cannot be read: " + e.getMessage(), CONTAINED, e);
        }
        return file;
    }

    /** Maps a file, that of a model or one beside it, and records in {@code origins} how it was. */
    static MemorySegment map(Path file, Origins origins) {
        if (Files.isDirectory(file)) {
            throw new BadModelException(file + " is a directory", "name the .onnx file inside it");
        }
        if (!Files.exists(file)) {
            throw new BadModelException(file + " does not exist", "check the path");
        }
        if (!Files.isRegularFile(file)) {
            throw new BadModelException(file + " is not a regular file", "copy the model to a file first");
        }
        try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
            origins.put(SourceFile.of(file));
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
        } catch (IOException e) {
            throw new BadModelException("cannot read " + file + ": " + e.getMessage(), "check its permissions", e);
        }
    }
}
