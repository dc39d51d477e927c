package dev.coppice.pipeline.data.file;

import dev.coppice.ir.BadInputException;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PushbackInputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;

/** Opens data files and turns what goes wrong into messages that name the file. */
public final class DataFiles {

    private static final int BUFFER = 1 << 16;

    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};

    private DataFiles() {}

    /** Opens a file for reading, through gunzip when it starts with gzip's magic number. */
    public static InputStream open(Path file) {
        requireFile(file);
        try {
            return gunzipped(new BufferedInputStream(Files.newInputStream(file), BUFFER));
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    /** Passes a stream on, through gunzip when it starts with gzip's magic number; closes it on failure. */
    public static InputStream gunzipped(BufferedInputStream in) throws IOException {
        try {
            in.mark(2);
            boolean zipped = in.read() == 0x1f && in.read() == 0x8b;
            in.reset();
            return zipped ? new GZIPInputStream(in, BUFFER) : in;
        } catch (IOException e) {
            in.close();
            throw e;
        }
    }

    /** Reads UTF-8 text without the byte order mark that it may begin with; closes the stream on failure. */
    public static BufferedReader text(InputStream in) throws IOException {
        try {
            var bytes = new PushbackInputStream(in, BYTE_ORDER_MARK.length);
            var start = bytes.readNBytes(BYTE_ORDER_MARK.length);
            if (!Arrays.equals(start, BYTE_ORDER_MARK)) {
                bytes.unread(start);
            }
            return new BufferedReader(new InputStreamReader(bytes, StandardCharsets.UTF_8.newDecoder()), BUFFER);
        } catch (IOException e) {
            in.close();
            throw e;
        }
    }

    public static void requireFile(Path file) {
        if (Files.isDirectory(file)) {
            throw new BadInputException(file + " is a folder, not a data file", "name the file itself");
        }
        if (!Files.exists(file)) {
            throw new BadInputException("no data file at " + file, "check the path");
        }
    }

    /** Returns a folder's entries sorted by name, hidden ones left out. */
    public static List<Path> list(Path dir) {
        if (!Files.isDirectory(dir)) {
            throw new BadInputException("no data folder at " + dir, "check the path");
        }
        try (var entries = Files.list(dir)) {
            return entries.filter(p -> !name(p).startsWith(".")).sorted().toList();
        } catch (IOException e) {
            throw unreadable(dir, e);
        }
    }

    /** Returns the files in a folder and the folders in it, sorted. */
    public static List<Path> under(Path dir) {
        try (var entries = Files.walk(dir)) {
            return entries.filter(Files::isRegularFile).sorted().toList();
        } catch (IOException e) {
            throw unreadable(dir, e);
        }
    }

    public static String name(Path path) {
        var last = path.getFileName();
        return last == null ? "" : last.toString();
    }

    public static BadInputException unreadable(Path file, IOException e) {
        if (e instanceof CharacterCodingException) {
            return new BadInputException(file + " is not a text file in UTF-8", "name a text file", e);
        }
        return new BadInputException(
                "cannot read " + file + ": " + e.getMessage(), "the file may be damaged or protected", e);
    }

    public static void close(AutoCloseable... resources) {
        RuntimeException first = null;
        for (var resource : resources) {
            try {
                resource.close();
            } catch (RuntimeException e) {
                first = e;
            } catch (Exception e) {
                first = new BadInputException("cannot close a data file: " + e.getMessage(), "", e);
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
