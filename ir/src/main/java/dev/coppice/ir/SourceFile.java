package dev.coppice.ir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A file that a model was read from, as it was then.
 *
 * @param key what tells the file from others, whatever its name; null where the file system has no such thing
 */
public record SourceFile(Path path, @Nullable Object key, long size, FileTime modified) {

    /** Looks at a file; throws an {@link IOException} when it is not there. */
    public static SourceFile of(Path path) throws IOException {
        var attributes = Files.readAttributes(path, BasicFileAttributes.class);
        return new SourceFile(
                path.toAbsolutePath(), attributes.fileKey(), attributes.size(), attributes.lastModifiedTime());
    }

    /** Says whether what was mapped may have other content now. A file that took its name changes nothing: the old one stays mapped. */
    public boolean isRewritten() {
        try {
            var now = of(path);
            return Objects.equals(now.key, key) && !now.equals(this);
        } catch (IOException e) {
            return false; // deleted, which leaves a mapped file whole
        }
    }

    /** Says whether the name leads to the same file with the same content as before. */
    public boolean isThere() {
        try {
            return of(path).equals(this);
        } catch (IOException e) {
            return false;
        }
    }
}
