package dev.coppice.ir.file;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.coppice.ir.UsageException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Collection;

/** What a file to be written must be: an ordinary file in a folder that takes it, and none that is read from. */
public final class Outputs {

    /** What file systems take. */
    private static final int LONGEST_NAME = 255;

    private Outputs() {}

    /**
     * Says early, before any work is done, that a file cannot be written.
     *
     * @throws UsageException when it is a directory, a device or its name is too long, or its directory is missing or not writable
     */
    public static void requireWritable(Path file) {
        var target = file.toAbsolutePath();
        if (target.getFileName() != null && target.getFileName().toString().getBytes(UTF_8).length > LONGEST_NAME) {
            throw new UsageException("the name of the output is too long", "shorten it to " + LONGEST_NAME + " bytes");
        }
        if (Files.isDirectory(target)) {
            throw new UsageException(target + " is a directory", "name the file to write");
        }
        if ((Files.exists(target) && !Files.isRegularFile(target)) || isDescriptor(target)) {
            throw new UsageException(target + " is not a regular file", "name an ordinary file to write");
        }
        requireResolvable(target);
        var parent = target.getParent();
        if (parent == null || !Files.isDirectory(parent)) {
            throw new UsageException("the directory " + parent + " does not exist", "create it first");
        }
        if (!Files.isWritable(parent)) {
            throw new UsageException("cannot write into " + parent, "check its permissions, or choose another output");
        }
    }

    /** Says whether a name leads to what a process has open, as /dev/stdout does: replacing that link would help nobody. */
    private static boolean isDescriptor(Path target) {
        try {
            var path = target;
            for (int links = 0; links < 8 && Files.isSymbolicLink(path); links++) {
                path = path.resolveSibling(Files.readSymbolicLink(path)).normalize();
                if (path.startsWith("/proc")) {
                    return true;
                }
            }
            return false;
        } catch (IOException e) {
            return false;
        }
    }

    /** Refuses a link that leads nowhere or in a circle: nobody can tell what was meant. */
    private static void requireResolvable(Path target) {
        if (Files.isSymbolicLink(target)) {
            try {
                var _ = target.toRealPath();
            } catch (IOException e) {
                throw new UsageException(
                        target + " is a link that leads nowhere", "remove it, or name another file", e);
            }
        }
    }

    /**
     * Refuses an output that is read from, by whatever name or link.
     *
     * @throws UsageException when the output is one of the inputs
     */
    public static void requireApart(Path output, Collection<Path> inputs, String hint) {
        if (!Files.exists(output, LinkOption.NOFOLLOW_LINKS)) {
            return; // what is not there is no input
        }
        for (var input : inputs) {
            if (isSame(output, input)) {
                throw new UsageException(
                        output.toAbsolutePath().equals(input.toAbsolutePath())
                                ? "the output " + output + " is an input"
                                : "the output " + output + " is the input " + input,
                        hint);
            }
        }
    }

    /** Says whether two names lead to one file, also by links. */
    public static boolean isSame(Path one, Path other) {
        try {
            return Files.isSameFile(one, other);
        } catch (IOException e) {
            return one.toAbsolutePath()
                    .normalize()
                    .equals(other.toAbsolutePath().normalize());
        }
    }

    /** Returns what went wrong with a file, in words: messages of the system name the file, and often nothing else. */
    public static String reason(IOException e) {
        if (e instanceof FileSystemException system && system.getReason() != null) {
            return String.valueOf(system.getReason());
        }
        var message = e.getMessage();
        return message == null || e instanceof FileSystemException
                ? e.getClass().getSimpleName().replace("Exception", "") + (message == null ? "" : " " + message)
                : message;
    }
}
