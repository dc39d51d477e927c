package dev.coppice.ir.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * Temporary files of writers that were killed. A writer holds a lock on its file, which ends with its process, on whatever machine
 * that runs: no process number says so, as they are used again and mean nothing elsewhere.
 */
public final class Litter {

    private static final Pattern NAME = Pattern.compile("\\.coppice-[0-9a-f]{32}\\.tmp");

    /** How deep the folders of a run directory are. */
    private static final int DEPTH = 2;

    /** Names that this process is writing: opening these would end their locks. */
    static final Set<String> ALIVE = ConcurrentHashMap.newKeySet();

    private Litter() {}

    static String name(String random) {
        return ".coppice-" + random + ".tmp";
    }

    /** Removes what killed writers left in a folder; what cannot be removed stays. */
    public static void remove(Path folder) {
        for (var file : temporary(folder)) {
            removeDead(file);
        }
    }

    /** Removes what killed writers left in a run directory and in its folders; it may lie in a large tree that is none of ours. */
    public static void removeBelow(Path folder) {
        removeBelow(folder, DEPTH);
    }

    private static void removeBelow(Path folder, int depth) {
        remove(folder);
        if (depth > 0) {
            list(folder, "*").stream()
                    .filter(below -> Files.isDirectory(below, LinkOption.NOFOLLOW_LINKS))
                    .forEach(below -> removeBelow(below, depth - 1));
        }
    }

    /** Says whether others are writing into a folder, besides {@code own} files. */
    public static boolean isWrittenInto(Path folder, Set<Path> own) {
        var names = own.stream().map(Path::getFileName).toList();
        return temporary(folder).stream().anyMatch(file -> !names.contains(file.getFileName()) && !removeDead(file));
    }

    private static List<Path> temporary(Path folder) {
        var files = new ArrayList<>(list(folder, ".coppice-*.tmp"));
        files.removeIf(file -> !NAME.matcher(file.getFileName().toString()).matches()
                || !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS));
        return files;
    }

    private static List<Path> list(Path folder, String glob) {
        try (var entries = Files.newDirectoryStream(folder, glob)) {
            var files = new ArrayList<Path>();
            entries.forEach(files::add);
            return files;
        } catch (IOException | DirectoryIteratorException e) {
            return List.of(); // whoever writes there will say what is wrong
        }
    }

    /** Removes a file that nobody holds; returns whether it is gone. */
    private static boolean removeDead(Path file) {
        if (ALIVE.contains(file.getFileName().toString())) {
            return false;
        }
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
            return lock(channel) && Files.deleteIfExists(file);
        } catch (IOException e) {
            return !Files.exists(file, LinkOption.NOFOLLOW_LINKS);
        }
    }

    /** Takes the lock that says that a process holds a file; returns false when another one does, or nobody can tell. */
    public static boolean lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }
}
