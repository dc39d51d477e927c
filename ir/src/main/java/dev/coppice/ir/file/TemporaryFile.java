package dev.coppice.ir.file;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * A file on its way: written beside its place under a name that nobody can guess, then forced to the disk and renamed. Its lock tells
 * others that its writer lives; where a writer died, {@link Litter} removes the file.
 */
public final class TemporaryFile implements AutoCloseable {

    private final Path path;
    private final FileChannel channel;

    private TemporaryFile(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    /** Makes an empty file in a folder, after removing what killed writers left there. */
    public static TemporaryFile in(Path folder) throws IOException {
        Litter.remove(folder);
        while (true) {
            var path = folder.resolve(Litter.name(random()));
            Litter.ALIVE.add(path.getFileName().toString());
            var channel = FileChannel.open(
                    path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
            path.toFile().deleteOnExit(); // on Ctrl-C
            if (isHeld(channel) && Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
                return new TemporaryFile(path, channel);
            }
            channel.close(); // another process took it for litter before it was locked
            Litter.ALIVE.remove(path.getFileName().toString());
        }
    }

    private static boolean isHeld(FileChannel channel) {
        try {
            return Litter.lock(channel);
        } catch (IOException e) {
            return true; // a file system without locks: there, nobody takes it for litter
        }
    }

    private static String random() {
        var bytes = new byte[16];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /** Writes a text so that it appears under its name complete or not at all; throws {@link UncheckedIOException} when it cannot. */
    public static void write(Path file, String text) {
        write(file, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Writes bytes so that they appear under their name complete or not at all; errors as in {@link #write(Path, String)}. */
    public static void write(Path file, byte[] bytes) {
        var target = file.toAbsolutePath();
        try (var temporary = in(target.resolveSibling("."))) {
            var left = ByteBuffer.wrap(bytes);
            while (left.hasRemaining()) {
                temporary.channel().write(left);
            }
            temporary.publish(target);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file + ": " + Outputs.reason(e), e);
        }
    }

    public Path path() {
        return path;
    }

    /** Returns what to write to. */
    public FileChannel channel() {
        return channel;
    }

    /** Gives the complete file its name, in the same folder, on the disk before this returns. */
    public void publish(Path target) throws IOException {
        channel.force(true);
        Files.move(path, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        force(target.resolveSibling("."));
    }

    private static void force(Path folder) {
        try (var channel = FileChannel.open(folder)) {
            channel.force(true);
        } catch (IOException _) {
            // Not every system forces folders; the file has its name all the same.
        }
    }

    /** Removes what has not been published. */
    @Override
    public void close() {
        try (channel) {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete " + path + ": " + Outputs.reason(e), e);
        } finally {
            Litter.ALIVE.remove(path.getFileName().toString());
        }
    }
}
