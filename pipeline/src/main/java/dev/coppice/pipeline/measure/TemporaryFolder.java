package dev.coppice.pipeline.measure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A folder for models that have to be files for a while, with whatever lies beside them; closing it deletes them all. */
public final class TemporaryFolder implements AutoCloseable {

    private final Path path;

    private TemporaryFolder(Path path) {
        this.path = path;
    }

    /**
     * Makes an empty folder.
     *
     * @param prefix what its name begins with
     * @throws UncheckedIOException when there is no room for one
     */
    public static TemporaryFolder make(String prefix) {
        try {
            return new TemporaryFolder(Files.createTempDirectory(prefix));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write a temporary model: " + e.getMessage(), e);
        }
    }

    /** Returns the place of a file in the folder. */
    public Path file(String name) {
        return path.resolve(name);
    }

    @Override
    public void close() {
        try (var files = Files.list(path)) {
            for (var file : files.toList()) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(path);
        } catch (IOException _) {
            // What is left in the temporary folder harms nobody; the result is known.
        }
    }
}
