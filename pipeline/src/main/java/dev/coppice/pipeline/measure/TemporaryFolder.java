package dev.coppice.pipeline.measure;

import dev.coppice.ir.file.Litter;
import dev.coppice.ir.file.Outputs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A folder for models that have to be files for a while, with whatever lies beside them; closing it deletes them all. While it is in
 * use, a file in it is locked: a folder whose owner was killed is deleted when another one is made.
 */
public final class TemporaryFolder implements AutoCloseable {

    private static final String LOCK = ".coppice-lock";

    /** Folders of this process: opening their locks would end these. */
    private static final Set<Path> ALIVE = ConcurrentHashMap.newKeySet();

    private final Path path;
    private final FileChannel lock;

    private TemporaryFolder(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /**
     * Makes an empty folder.
     *
     * @param prefix what its name begins with
     * @throws UncheckedIOException when there is no room for one
     */
    public static TemporaryFolder make(String prefix) {
        try {
            var path = Files.createTempDirectory(prefix);
            ALIVE.add(path);
            removeDead(path, prefix);
            var lock = FileChannel.open(
                    path.resolve(LOCK),
                    StandardOpenOption.CREATE_NEW,
                    StandardOpenOption.WRITE,
                    LinkOption.NOFOLLOW_LINKS);
            if (Litter.lock(lock)) {
                return new TemporaryFolder(path, lock);
            }
            lock.close(); // another process took it for a dead one before it was locked
            ALIVE.remove(path);
            return make(prefix);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write a temporary model: " + Outputs.reason(e), e);
        }
    }

    /** Deletes the folders of the same user that nobody holds any more. */
    private static void removeDead(Path own, String prefix) throws IOException {
        var user = Files.getOwner(own);
        try (var folders = Files.newDirectoryStream(own.getParent(), prefix + "*")) {
            for (var folder : folders) {
                var held = folder.resolve(LOCK);
                if (!ALIVE.contains(folder)
                        && Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
                        && Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS).equals(user)
                        && Files.isRegularFile(held, LinkOption.NOFOLLOW_LINKS)) {
                    removeDead(folder, held);
                }
            }
        } catch (IOException e) {
            // Another process removes them, too.
        }
    }

    private static void removeDead(Path folder, Path held) {
        try (var lock = FileChannel.open(held, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
            if (Litter.lock(lock)) {
                delete(folder);
            }
        } catch (IOException e) {
            // Its owner has just removed it.
        }
    }

    /** Returns the place of a file in the folder. */
    public Path file(String name) {
        return path.resolve(name);
    }

    @Override
    public void close() {
        try (lock) {
            delete(path);
        } catch (IOException _) {
            // What is left in the temporary folder harms nobody; the result is known.
        }
        ALIVE.remove(path);
    }

    /** Deletes the files, the lock last, and the folder. */
    private static void delete(Path folder) throws IOException {
        for (var file : content(folder)) {
            if (!file.endsWith(LOCK)) {
                Files.deleteIfExists(file);
            }
        }
        Files.deleteIfExists(folder.resolve(LOCK));
        Files.deleteIfExists(folder);
    }

    private static List<Path> content(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.toList();
        }
    }
}
