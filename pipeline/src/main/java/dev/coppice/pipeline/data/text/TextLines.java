package dev.coppice.pipeline.data.text;

import dev.coppice.pipeline.data.file.DataFiles;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The first lines of a UTF-8 file that are not blank. */
final class TextLines implements TextSource {

    private final Path file;
    private final BufferedReader reader;
    private long left;

    /** Opens a file; at most {@code limit} lines will come. */
    TextLines(Path file, long limit) {
        this.file = file;
        this.left = limit;
        try {
            this.reader = DataFiles.text(DataFiles.open(file));
        } catch (IOException e) {
            throw DataFiles.unreadable(file, e);
        }
    }

    @Override
    public @Nullable String next() {
        var line = line();
        return line == null ? null : line.strip();
    }

    /** Returns the next line with the white space that it begins and ends with, or null after the last one. */
    @Nullable
    String line() {
        if (left == 0) {
            return null;
        }
        try {
            for (var line = reader.readLine(); line != null; line = reader.readLine()) {
                if (!line.isBlank()) {
                    left--;
                    return line;
                }
            }
            return null;
        } catch (IOException e) {
            throw DataFiles.unreadable(file, e);
        }
    }

    @Override
    public long total() {
        return 0;
    }

    @Override
    public void close() {
        DataFiles.close(reader);
    }
}
