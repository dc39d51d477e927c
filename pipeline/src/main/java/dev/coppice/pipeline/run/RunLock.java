package dev.coppice.pipeline.run;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.UsageException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps a directory to one run at a time, of this JVM and all others; the lock of a process that ended, in whatever way, is free. A
 * POSIX lock is gone as soon as its process closes any descriptor of the file: so the file is there for the lock alone, and what
 * this JVM holds already is known without opening it.
 */
public final class RunLock implements Closeable {

    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path directory; // real
    private final FileChannel channel;

    private RunLock(Path directory, FileChannel channel) {
        this.directory = directory;
        this.channel = channel;
    }

    /** Takes the lock of a directory; throws {@link UsageException} when another run has it. */
    static RunLock take(Path directory) {
        try {
            var real = directory.toRealPath();
            if (!HELD.add(real)) {
                throw busy(directory, "this process");
            }
            boolean taken = false;
            try {
                var lock = new RunLock(real, open(directory, real.resolve(".lock")));
                taken = true;
                return lock;
            } finally {
                if (!taken) {
                    HELD.remove(real);
                }
            }
        } catch (IOException e) {
            throw new BadInputException(
                    "cannot lock the run directory " + directory + ": " + e.getMessage(), "check its permissions", e);
        }
    }

    private static FileChannel open(Path directory, Path file) throws IOException {
        var channel = FileChannel.open(
                file,
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                LinkOption.NOFOLLOW_LINKS);
        try {
            if (channel.tryLock() == null) {
                var holder = holder(channel);
                channel.close();
                throw busy(directory, holder);
            }
        } catch (OverlappingFileLockException e) {
            throw busy(directory, "this process"); // under another path; closing the channel would let go of that lock
        }
        var mine = Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII);
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(mine), 0);
        return channel;
    }

    private static String holder(FileChannel channel) throws IOException {
        var bytes = ByteBuffer.allocate(20);
        int length = Math.max(0, channel.read(bytes, 0));
        var pid = new String(bytes.array(), 0, length, StandardCharsets.US_ASCII);
        return pid.matches("\\d+") ? "process " + pid : "another process";
    }

    private static UsageException busy(Path directory, String holder) {
        return new UsageException(
                "another run is working in " + directory + " (" + holder + ")",
                "wait until it has ended, or choose another directory with --run");
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new BadInputException("cannot let go of " + directory + ": " + e.getMessage(), "check the disk", e);
        } finally {
            HELD.remove(directory);
        }
    }
}
