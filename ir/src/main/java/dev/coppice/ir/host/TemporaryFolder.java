package dev.coppice.ir.host;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A folder for files that are needed for a while, under a name that nobody can foresee and that only this user can enter.
 *
 * <p>Closing it deletes it with all that is in it, and so does the end of the JVM, Ctrl-C included. What a killed process left is
 * deleted by the next one that makes a folder: the owner holds a lock on a file in it as long as it lives. No link is followed.
 */
public final class TemporaryFolder implements AutoCloseable {

    /** Also says whose the folder is: one without it is somebody else's, whatever its name. */
    private static final String LOCK = ".coppice-lock";

    private static final Pattern NAME = Pattern.compile("coppice-[a-z0-9]+-\\d+");
    private static final int TRIES = 100;

    /** This process's own. Opening and closing the lock file of one of them would give up its lock. */
    private static final Set<Path> OPEN = ConcurrentHashMap.newKeySet();

    private static boolean prepared;

    private final Path path;
    private final FileChannel lock;

    private TemporaryFolder(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /**
     * Makes an empty folder.
     *
     * @param purpose a word of small letters and digits for its name
     * @throws UncheckedIOException when there is no room for one
     */
    public static synchronized TemporaryFolder make(String purpose) {
        try {
            for (int i = 0; i < TRIES; i++) {
                var made = tryToMake(purpose);
                if (made != null) {
                    prepare(made.path);
                    return made;
                }
            }
            throw new IOException("other processes take them away");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make a temporary folder: " + e.getMessage(), e);
        }
    }

    /** Returns a locked folder, or null when another process took the new one for litter. */
    private static @Nullable TemporaryFolder tryToMake(String purpose) throws IOException {
        var path = Files.createTempDirectory("coppice-" + purpose + "-");
        var file = path.resolve(LOCK);
        try {
            var lock = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (lock.tryLock() != null && Files.exists(file)) {
                OPEN.add(path);
                return new TemporaryFolder(path, lock);
            }
            lock.close();
        } catch (NoSuchFileException _) {
            // Taken away between the two steps.
        }
        return null;
    }

    private static void prepare(Path own) {
        if (!prepared) {
            prepared = true;
            Runtime.getRuntime().addShutdownHook(new Thread(() -> OPEN.forEach(TemporaryFolder::delete), "litter"));
            sweep(own);
        }
    }

    /** Deletes what killed processes of this user left beside {@code own}. */
    private static void sweep(Path own) {
        try (var entries = Files.newDirectoryStream(own.resolveSibling("."), "coppice-*")) {
            var user = Files.getOwner(own);
            for (var entry : entries) {
                var folder = own.resolveSibling(entry.getFileName());
                if (NAME.matcher(folder.getFileName().toString()).matches()
                        && !OPEN.contains(folder)
                        && Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
                        && Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS).equals(user)) {
                    deleteUnlessLocked(folder);
                }
            }
        } catch (IOException | DirectoryIteratorException _) {
            // Litter that resists harms nobody.
        }
    }

    private static void deleteUnlessLocked(Path folder) {
        try (var lock = FileChannel.open(folder.resolve(LOCK), StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
            if (lock.tryLock() != null) {
                delete(folder);
            }
        } catch (IOException _) {
            // As above; another process may be sweeping, too.
        }
    }

    private static void delete(Path folder) {
        try {
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.deleteIfExists(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path inner, @Nullable IOException failure)
                        throws IOException {
                    Files.deleteIfExists(inner);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException _) {
            // Windows keeps a library that is loaded: the next process deletes it.
        }
    }

    /** Returns the place of a file in the folder. */
    public Path file(String name) {
        return path.resolve(name);
    }

    @Override
    public void close() {
        delete(path);
        OPEN.remove(path);
        try {
            lock.close();
        } catch (IOException _) {
            // Closed all the same.
        }
    }
}
