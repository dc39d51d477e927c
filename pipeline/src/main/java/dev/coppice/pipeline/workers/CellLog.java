package dev.coppice.pipeline.workers;

import dev.coppice.ir.BadInputException;
import dev.coppice.pipeline.report.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The finished cells of a grid, one line of JSON each, so that a killed run need not repeat them: a line is on the disk before the cell
 * counts as finished, and a last line that a kill tore is written over; lines that make no sense do not count. Thread-safe; that one
 * process at a time has a file open is the business of whoever opens it.
 */
public final class CellLog implements AutoCloseable {

    private static final String HINT = "check the run directory, its permissions, and the disk";

    private final Path file;
    private final FileChannel channel;
    private final List<Map<String, Object>> cells;

    private CellLog(Path file, FileChannel channel, List<Map<String, Object>> cells) {
        this.file = file;
        this.channel = channel;
        this.cells = cells;
    }

    /** Opens or makes a file; throws {@link BadInputException} when that cannot be. */
    public static CellLog open(Path file) {
        try {
            var channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            var cells = new ArrayList<Map<String, Object>>();
            channel.truncate(read(file, cells));
            channel.position(channel.size());
            return new CellLog(file, channel, cells);
        } catch (IOException e) {
            throw new BadInputException("cannot write " + file + ": " + e.getMessage(), HINT, e);
        }
    }

    /** Returns the cells of a file that may be missing; throws {@link BadInputException} when it cannot be read. */
    public static List<Map<String, Object>> read(Path file) {
        var cells = new ArrayList<Map<String, Object>>();
        try {
            if (Files.exists(file)) {
                read(file, cells);
            }
        } catch (IOException e) {
            throw new BadInputException("cannot read " + file + ": " + e.getMessage(), HINT, e);
        }
        return cells;
    }

    /** Reads whole lines; returns where they end. */
    private static long read(Path file, List<Map<String, Object>> cells) throws IOException {
        var bytes = Files.readAllBytes(file);
        int start = 0;
        for (int end = 0; end < bytes.length; end++) {
            if (bytes[end] == '\n') {
                if (parse(new String(bytes, start, end - start, StandardCharsets.UTF_8)) instanceof Map<?, ?> map) {
                    cells.add(cell(map));
                }
                start = end + 1;
            }
        }
        return start;
    }

    private static Map<String, Object> cell(Map<?, ?> map) {
        var cell = new LinkedHashMap<String, Object>();
        map.forEach((name, value) -> {
            if (value != null) {
                cell.put(name.toString(), value);
            }
        });
        return cell;
    }

    private static Object parse(String line) {
        try {
            var value = Json.read(line);
            return value == null ? "" : value;
        } catch (IOException e) {
            return "";
        }
    }

    /** Returns the cells that were finished when the file was opened, in their order. */
    public List<Map<String, Object>> cells() {
        return cells;
    }

    /** Adds a finished cell; it is on the disk when this returns. */
    public synchronized void add(Map<String, Object> cell) {
        try {
            var line = ByteBuffer.wrap((Json.line(cell) + "\n").getBytes(StandardCharsets.UTF_8));
            while (line.hasRemaining()) {
                channel.write(line);
            }
            channel.force(false);
        } catch (IOException e) {
            throw new BadInputException("cannot write " + file + ": " + e.getMessage(), HINT, e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new BadInputException("cannot write " + file + ": " + e.getMessage(), HINT, e);
        }
    }
}
